// fuzz/replay.cpp: gives a target inputs from files, without a fuzzing engine, so that any compiler
// can do it. The arguments are files, and folders of files. Exit status 0: nothing was found.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::vector<std::uint8_t> bytes_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + file.string());
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& given) {
    if (!std::filesystem::is_directory(given)) return {given};
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(given))
        if (entry.is_regular_file()) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace

int main(int argc, char** argv) try {
    std::size_t count = 0;
    for (int i = 1; i < argc; ++i) {
        for (const std::filesystem::path& file : files_in(argv[i])) {
            // Said before, so that the last line names the one that ends the process.
            std::fprintf(stderr, "%s\n", file.c_str());
            const std::vector<std::uint8_t> input = bytes_of(file);
            LLVMFuzzerTestOneInput(input.data(), input.size());
            ++count;
        }
    }
    if (count == 0) throw std::runtime_error("there is no input among the arguments");
    std::fprintf(stderr, "%zu inputs, nothing found\n", count);
    return 0;
} catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
    return 2;
}
