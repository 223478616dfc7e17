module faulty

go 1.27
