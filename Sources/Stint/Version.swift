/// The version of everything in this package.
public let stintVersion = "0.1.0"
