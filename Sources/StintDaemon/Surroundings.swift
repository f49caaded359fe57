/// What the daemon needs of the world besides sockets; only `main.swift` names the real ones.
package struct Surroundings {
    /// Seconds since the epoch.
    let wallTime: () -> Double
    /// Nanoseconds since some moment; never steps back.
    let monotonic: () -> UInt64
    /// Nanoseconds that the thread which asks has worked; other programs do not lengthen it.
    var worked: () -> UInt64 = { 0 }
    /// One line of talk.
    let say: (String) -> Void
}
