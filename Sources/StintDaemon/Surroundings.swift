/// What the daemon needs of the world besides sockets; only `main.swift` names the real ones.
package struct Surroundings {
    /// Seconds since the epoch.
    let wallTime: () -> Double
    /// Nanoseconds since some moment; never steps back.
    let monotonic: () -> UInt64
    /// One line of talk.
    let say: (String) -> Void
}
