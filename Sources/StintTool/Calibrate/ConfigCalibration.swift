import StintConfig

extension Config {
    /// Reads the calibration at `path`, else the one that the config names, if it names one.
    mutating func takeCalibration(_ path: String?, besides configPath: String) throws(Failure) {
        guard let path = path ?? calibrationPath(besides: configPath) else { return }
        let bytes = try readWhole(path)
        do throws(ConfigError) { try take(calibration: bytes, fileName: path) } catch { throw .refused(error) }
    }
}
