module echo

go 1.27
