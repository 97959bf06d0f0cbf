#include <yot_run/task/describe.hpp>

namespace yot_run::inline YOT_RUN_WORLD {

void description::line(std::string_view text) {
    text_.append(4 * depth_, ' ').append(text).push_back('\n');
}

namespace internal {
namespace {

#define YOT_RUN_TEXT_OF(name) #name
#define YOT_RUN_NAME_OF(macro) YOT_RUN_TEXT_OF(macro)
constexpr std::string_view world = YOT_RUN_NAME_OF(YOT_RUN_WORLD) "::";
#undef YOT_RUN_NAME_OF
#undef YOT_RUN_TEXT_OF

// g++ calls a coroutine "void f(f()::mangled.Frame*)", where others say "f()".
std::string_view without_frame(std::string_view name) {
    constexpr std::string_view end = ".Frame*)";
    if (!name.ends_with(end)) return name;
    std::size_t begin = name.size() - 1;
    for (int depth = 1; depth > 0 && begin > 0;) {
        --begin;
        depth += name[begin] == ')' ? 1 : name[begin] == '(' ? -1 : 0;
    }
    const std::string_view parameter = name.substr(begin + 1);
    return parameter.substr(0, parameter.rfind("::_Z"));
}

}  // namespace

std::string tidied(std::string_view name) {
    std::string result(name);
    for (auto at = result.find(world); at != std::string::npos; at = result.find(world, at))
        result.erase(at, world.size());
    return result;
}

std::string name_of(const std::source_location& place) {
    std::string result = tidied(without_frame(place.function_name()));
    const std::string_view file = place.file_name();
    result.append(" (").append(file.substr(file.rfind('/') + 1));
    return result.append(":").append(std::to_string(place.line())).append(")");
}

}  // namespace internal
}  // namespace yot_run::inline YOT_RUN_WORLD
