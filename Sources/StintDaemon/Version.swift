/// Of every program, by semantic versioning.
package let stintVersion = "0.1.0"
