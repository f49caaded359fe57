import CMath

/// One rigid link. Lengths in m, mass in kg, inertia in kg·m².
public struct Link: Sendable {
    /// Joint to next joint (or tip), m. Greater than 0; desk-top to human size is 0.1 … 1.
    public var length: Double
    /// Mass, kg. Greater than 0.
    public var mass: Double
    /// Joint to centre of mass, along the link, m. 0 … `length`.
    public var centre: Double
    /// Moment of inertia about the centre of mass, kg·m². 0 (all mass in one point) or more.
    public var inertia: Double

    public init(length: Double, mass: Double, centre: Double, inertia: Double) {
        self.length = length
        self.mass = mass
        self.centre = centre
        self.inertia = inertia
        check()
    }

    func check() {
        precondition(length > 0 && mass > 0, "a link has a length and a mass above 0, got \(length) m and \(mass) kg")
        precondition(centre >= 0 && centre <= length, "the centre of mass lies on the link of \(length) m, got \(centre) m")
        precondition(inertia >= 0, "an inertia is 0 or more, got \(inertia) kg·m²")
    }

    /// A uniform slender rod: centre of mass in the middle, inertia m l² / 12.
    public static func rod(length: Double, mass: Double) -> Link {
        Link(length: length, mass: mass, centre: length / 2, inertia: mass * length * length / 12)
    }
}

/// The rigid-body mechanics of a planar arm with two rotary joints in a vertical plane, without friction.
///
/// M(q) q̈ + C(q, q̇) q̇ + g(q) = τ. Angles in rad: q₁ from the horizontal, q₂ from the line of the upper link, both
/// anticlockwise; torques in N·m act between a link and the one before it. The payload is a point mass at the tip.
/// M is symmetric and positive definite and Ṁ − 2C is skew-symmetric, so only motors and friction change the energy.
///
///     let arm = ArmDynamics()
///     let holding = arm.gravityTorque(q: [0, 0], payload: 1.5)   // N·m, to hold the arm stretched out level
///
/// Source: Spong, Hutchinson, Vidyasagar, Robot Modeling and Control (2006), ch. 7, planar elbow manipulator; the payload
/// joins as a mass at distance l₂ on the second link. Siciliano et al., Robotics (2009), §7.3.2 has the same arm.
public struct ArmDynamics: Sendable {
    public var upper: Link
    public var fore: Link
    /// Acceleration of gravity, m/s²; 0 is a horizontal plane.
    public var gravity: Double

    public init(
        upper: Link = .rod(length: 0.5, mass: 4), fore: Link = .rod(length: 0.4, mass: 2.5), gravity: Double = 9.81
    ) {
        self.upper = upper
        self.fore = fore
        self.gravity = gravity
    }

    /// A 2 × 2 matrix by rows.
    public struct Matrix: Sendable {
        public var row1, row2: SIMD2<Double>

        public static func * (m: Matrix, v: SIMD2<Double>) -> SIMD2<Double> {
            [m.row1.x * v.x + m.row1.y * v.y, m.row2.x * v.x + m.row2.y * v.y]
        }

        public var determinant: Double { row1.x * row2.y - row1.y * row2.x }

        /// x with A x = b, by Cramer's rule.
        public func solve(_ b: SIMD2<Double>) -> SIMD2<Double> {
            [(b.x * row2.y - row1.y * b.y) / determinant, (row1.x * b.y - b.x * row2.x) / determinant]
        }
    }

    /// β = (m₂ c₂ + m l₂) l₁, kg·m²: what couples the links.
    private func coupling(payload: Double) -> Double {
        (fore.mass * fore.centre + payload * fore.length) * upper.length
    }

    /// M(q), kg·m².
    public func massMatrix(q: SIMD2<Double>, payload: Double) -> Matrix {
        let first = upper.inertia + upper.mass * upper.centre * upper.centre
            + (fore.mass + payload) * upper.length * upper.length
        let second = fore.inertia + fore.mass * fore.centre * fore.centre + payload * fore.length * fore.length
        let mixed = coupling(payload: payload) * cos(q.y)
        return Matrix(row1: [first + second + 2 * mixed, second + mixed], row2: [second + mixed, second])
    }

    /// C(q, q̇) from the Christoffel symbols, kg·m²/s. C q̇ is the Coriolis and centrifugal torque.
    public func coriolisMatrix(q: SIMD2<Double>, dq: SIMD2<Double>, payload: Double) -> Matrix {
        let h = -coupling(payload: payload) * sin(q.y)
        return Matrix(row1: [h * dq.y, h * (dq.x + dq.y)], row2: [-h * dq.x, 0])
    }

    /// g(q), N·m: the torque that holds the arm still.
    public func gravityTorque(q: SIMD2<Double>, payload: Double) -> SIMD2<Double> {
        let onFore = gravity * (fore.mass * fore.centre + payload * fore.length) * cos(q.x + q.y)
        let onUpper = gravity * (upper.mass * upper.centre + (fore.mass + payload) * upper.length) * cos(q.x)
        return [onUpper + onFore, onFore]
    }

    /// τ for a motion without friction (inverse dynamics), N·m.
    public func torque(
        q: SIMD2<Double>, dq: SIMD2<Double>, ddq: SIMD2<Double>, payload: Double
    ) -> SIMD2<Double> {
        massMatrix(q: q, payload: payload) * ddq
            + coriolisMatrix(q: q, dq: dq, payload: payload) * dq
            + gravityTorque(q: q, payload: payload)
    }

    /// q̈ under a net joint torque, that is motor less friction (forward dynamics), rad/s².
    public func acceleration(
        q: SIMD2<Double>, dq: SIMD2<Double>, torque: SIMD2<Double>, payload: Double
    ) -> SIMD2<Double> {
        let rest = coriolisMatrix(q: q, dq: dq, payload: payload) * dq + gravityTorque(q: q, payload: payload)
        return massMatrix(q: q, payload: payload).solve(torque - rest)
    }

    /// Where the elbow is, m from the shoulder: x level, y up.
    public func elbow(q: SIMD2<Double>) -> SIMD2<Double> {
        [upper.length * cos(q.x), upper.length * sin(q.x)]
    }

    /// Where the tip is, m from the shoulder: x level, y up.
    public func tip(q: SIMD2<Double>) -> SIMD2<Double> {
        elbow(q: q) + [fore.length * cos(q.x + q.y), fore.length * sin(q.x + q.y)]
    }

    /// Kinetic energy ½ q̇ᵀ M q̇, J.
    public func kineticEnergy(q: SIMD2<Double>, dq: SIMD2<Double>, payload: Double) -> Double {
        (dq * (massMatrix(q: q, payload: payload) * dq)).sum() / 2
    }

    /// Potential energy, J; 0 with every mass at the height of the shoulder.
    public func potentialEnergy(q: SIMD2<Double>, payload: Double) -> Double {
        let foreCentre = elbow(q: q).y + fore.centre * sin(q.x + q.y)
        return gravity * (upper.mass * upper.centre * sin(q.x) + fore.mass * foreCentre + payload * tip(q: q).y)
    }
}
