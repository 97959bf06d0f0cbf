#include <model/source_text.hpp>

#include <fmt/format.h>

#include <fstream>
#include <map>
#include <regex>
#include <vector>

namespace model {
namespace {

const std::vector<std::string>& lines_of(const std::string& path) {
    static std::map<std::string, std::vector<std::string>> read;
    const auto [at, is_new] = read.try_emplace(path);
    if (is_new) {
        std::ifstream file(path);
        for (std::string line; std::getline(file, line);) at->second.push_back(line);
    }
    return at->second;
}

}  // namespace

std::string short_name(const source_place& at) {
    const std::string file = at.file.substr(at.file.rfind('/') + 1);
    return fmt::format("{}:{} {}", file, at.line, at.function.substr(0, at.function.find('<')));
}

std::string operand_at(const source_place& at) {
    static const std::regex operations[] = {
        std::regex(R"((\w+)(?:\[[^\]]*\]|\(\))?(?:\.|->))"
                   R"((?:load|store|exchange|fetch_\w+|compare_exchange_\w+|get|set|mut)\()"),
        std::regex(R"(lock \w+[({]\*?(?:\w+(?:\.|->))*(\w+))"),
        std::regex(R"((\w+)(?:\.|->)(?:lock|unlock|wait\w*|notify_\w+)\()"),
    };
    const std::vector<std::string>& lines = lines_of(at.file);
    if (at.line == 0 || at.line > lines.size()) return "an object";
    std::smatch part;
    for (const std::regex& operation : operations)
        if (std::regex_search(lines[at.line - 1], part, operation)) return part[1];
    return "an object";
}

}  // namespace model
