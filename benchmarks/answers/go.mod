module slipway/benchmarks/answers

go 1.26.6
