import Stint

extension Plan {
    /// The plan of a specification within a config's budget, if there is one.
    ///
    /// Marks that it does not ask for are left out where there is no room (`Segments`): then older times are forgotten together. A reservoir that the config does not ask for is halved until the plan fits, and left out if that is what it takes; one that it
    /// asks for stays as it is. A plan that does not fit even so is given as it is, without it, and is the caller's to refuse.
    public init(_ specification: Specification, within config: Config) {
        var specification = specification
        var plan = Plan(specification)
        if plan.bytes > config.memory.budgetBytes, config.memory.segments == nil {
            specification.memory.marks = 0
            plan = Plan(specification)
        }
        while plan.bytes > config.memory.budgetBytes, config.memory.reservoirBytes == nil, specification.memory.reservoirBytes > 0 {
            let half = specification.memory.reservoirBytes / 2
            specification.memory.reservoirBytes = half >= 16 << 10 ? half : 0
            plan = Plan(specification)
        }
        self = plan
    }
}
