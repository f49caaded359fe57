import StintConfig
import StintSockets

/// Who the device is, whom it lets in and whom it goes to: what `[security]` names, read.
public struct Keyring: Equatable, Sendable {
    public let own: CurveKeyPair
    /// Those that may come in.
    public let allowed: Set<CurveKey>
    /// By name.
    private let named: [String: CurveKey]

    /// nil where the config has no keys; then it has no endpoint beyond this machine either.
    ///
    /// - Parameter configPath: of the config; paths go on from its folder.
    public init?(_ config: Config, besides configPath: String) throws(KeyFileError) {
        guard let secret = config.security.secretKeyPath, let allow = config.security.allowPath else { return nil }
        own = try KeyFile.readSecret(Config.path(secret, besides: configPath)).keys
        let list = try KeyFile.read(Config.path(allow, besides: configPath))
        allowed = Set(list.entries.map(\.key))
        named = Dictionary(uniqueKeysWithValues: list.entries.map { ($0.name, $0.key) })
        for (section, endpoints) in [("[input]", config.input.connect), ("[control]", config.control.connect)] {
            for endpoint in endpoints where !endpoint.isLocal && named[endpoint.text] == nil {
                throw KeyFileError(
                    description: "\(Config.path(allow, besides: configPath)): there is no key of \(endpoint.text), where \(section) connects to; "
                        + "add its public key with the endpoint as its name")
            }
        }
    }

    /// Whom the device goes to, by endpoint.
    public var names: [String: CurveKey] { named.filter { $0.key.hasPrefix("tcp://") } }

    /// Of whom the device connects to; the name of his key is the endpoint.
    public func server(_ endpoint: Endpoint) -> CurveKey? { named[endpoint.text] }
}
