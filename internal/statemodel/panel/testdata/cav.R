# The example of msm's manual (Jackson 2011, section 2.8): states seen with errors,
# but for the first, and deaths known to the day. With numbers (five rates, four
# chances of error) they are what the likelihood is evaluated at; without it is fitted.
suppressMessages(library(msm))
began <- proc.time()[["elapsed"]]
v <- as.numeric(commandArgs(trailingOnly = TRUE))
fixed <- length(v) > 0
if (!fixed) v <- c(0.148, 0.0171, 0.202, 0.081, 0.126, 0.1, 0.1, 0.1, 0.1)
q <- rbind(c(0, v[1], 0, v[2]), c(0, 0, v[3], v[4]), c(0, 0, 0, v[5]), c(0, 0, 0, 0))
e <- rbind(c(0, v[6], 0, 0), c(v[7], 0, v[8], 0), c(0, v[9], 0, 0), c(0, 0, 0, 0))
m <- msm(state ~ years, subject = PTNUM, data = cav, qmatrix = q, ematrix = e, deathexact = 4,
         obstrue = firstobs, method = "BFGS", hessian = FALSE, fixedpars = fixed,
         control = list(fnscale = 4000, maxit = 5000, reltol = 1e-10))
cat(sprintf("minus2loglik %.6f seconds %.2f\n", m$minus2loglik, proc.time()[["elapsed"]] - began))
