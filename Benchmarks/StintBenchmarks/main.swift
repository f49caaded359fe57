// What is fast, measured: `make bench`. Nothing here is asserted; times are the machine's, ratios are the code's.
benchmarkFactor()
benchmarkProjection()
benchmarkStages()
