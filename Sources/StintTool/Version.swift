/// Of every program, by semantic versioning.
let stintVersion = "0.1.0"
