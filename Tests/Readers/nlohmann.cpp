// What stintd published, read by nlohmann::json: nlohmann FORMAT FILE, with the file that readers.py wrote. Exit 1: it could not.
#include <cstdint>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

int main(int, char **argv) {
    const bool isCBOR = std::string(argv[1]) == "cbor";
    std::ifstream file(argv[2], std::ios::binary);
    std::uint32_t size = 0;
    int messages = 0;
    while (file.read(reinterpret_cast<char *>(&size), sizeof size)) {
        std::vector<std::uint8_t> bytes(size);
        file.read(reinterpret_cast<char *>(bytes.data()), size);
        // Both throw on what they do not take, also on bytes after the end.
        const auto line = isCBOR ? nlohmann::json::from_cbor(bytes) : nlohmann::json::parse(bytes);
        if (!line.is_object() || !line.at("t").is_number() || !line.at("type").is_string()) return 1;
        ++messages;
    }
    std::cout << "ok " << argv[1] << ": " << messages << " messages by nlohmann::json " << NLOHMANN_JSON_VERSION_MAJOR << "."
              << NLOHMANN_JSON_VERSION_MINOR << "." << NLOHMANN_JSON_VERSION_PATCH << "\n";
    return messages == 0;
}
