// testing/main.cpp: the main function of every unit test executable.
//
//   <module>_tests [suite [test]]
//
// Runs one suite, or one test of it, or everything, and prints one line per test; below one that
// fails, where and why. The suite `poll` is the fixture `poll_test`, in whatever namespace.
// Exits with 1 when a test fails, and with 2 when something would go unnoticed: an unknown suite, a
// suite without tests, or a fixture that belongs to none of the listed suites.

#include <testing/suites.hpp>

#include <cppunit/Exception.h>
#include <cppunit/SourceLine.h>
#include <cppunit/Test.h>
#include <cppunit/TestFailure.h>
#include <cppunit/TestListener.h>
#include <cppunit/TestResult.h>
#include <cppunit/extensions/TestFactoryRegistry.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <ranges>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using suites = std::map<std::string, CppUnit::Test*, std::less<>>;

// The last part of a name like `yot_run::(anonymous namespace)::poll_test::is_ready`.
std::string unqualified(const std::string& name) {
    const auto colon = name.rfind("::");
    return colon == std::string::npos ? name : name.substr(colon + 2);
}

class progress : public CppUnit::TestListener {
public:
    void startTest(CppUnit::Test* test) override {
        // Flushed, so that the test is known that does not come back.
        std::cout << unqualified(test->getName()) << ": " << std::flush;
        failed_ = false;
    }

    void addFailure(const CppUnit::TestFailure& failure) override {
        const CppUnit::SourceLine line = failure.sourceLine();
        std::cout << (failed_ ? "" : "FAILED\n") << "    ";
        if (line.isValid()) std::cout << line.fileName() << ':' << line.lineNumber() << ": ";
        const CppUnit::Message& message = failure.thrownException()->message();
        std::cout << message.shortDescription() << '\n';
        for (int i = 0; i < message.detailCount(); ++i)
            std::cout << "        " << message.detailAt(i) << '\n';
        failed_ = true;
        ++failures_;
    }

    void endTest(CppUnit::Test* /*test*/) override {
        ++tests_;
        if (!failed_) std::cout << "ok\n";
        std::cout << std::flush;
    }

    [[nodiscard]] int tests() const { return tests_; }
    [[nodiscard]] int failures() const { return failures_; }

private:
    int tests_ = 0;
    int failures_ = 0;
    bool failed_ = false;
};

// All suites that the executable is meant to have, each with the fixture that was registered for it.
suites find_suites(CppUnit::Test& all) {
    suites found;
    for (const auto name : std::views::split(yot_run::testing::suites, ','))
        found.emplace(std::string_view(name), nullptr);
    for (int i = 0; i < all.getChildTestCount(); ++i) {
        CppUnit::Test* const fixture = all.getChildTestAt(i);
        std::string name = unqualified(fixture->getName());
        const bool is_test = name.ends_with("_test");
        if (is_test) name.resize(name.size() - std::string_view("_test").size());
        const auto suite = found.find(name);
        if (!is_test || suite == found.end() || suite->second != nullptr)
            throw std::runtime_error("fixture '" + fixture->getName() +
                                     "' would not run: there is " +
                                     "one per file, <name>_test in <name>_test.cpp");
        suite->second = fixture;
    }
    return found;
}

CppUnit::Test* find_test(CppUnit::Test& suite, std::string_view name) {
    for (int i = 0; i < suite.getChildTestCount(); ++i) {
        CppUnit::Test* const test = suite.getChildTestAt(i);
        if (unqualified(test->getName()) == name) return test;
    }
    throw std::runtime_error("there is no test '" + std::string(name) + "' in this suite");
}

// What the arguments ask for.
std::vector<CppUnit::Test*> select(const suites& all, std::span<char*> arguments) {
    if (arguments.size() > 2) throw std::runtime_error("usage: [suite [test]]");
    if (!arguments.empty() && !all.contains(arguments[0]))
        throw std::runtime_error("there is no suite '" + std::string(arguments[0]) +
                                 "' here, only " + std::string(yot_run::testing::suites));
    std::vector<CppUnit::Test*> selected;
    for (const auto& [name, fixture] : all) {
        if (!arguments.empty() && name != arguments[0]) continue;
        if (fixture == nullptr || fixture->countTestCases() == 0)
            throw std::runtime_error("suite '" + name + "' has no tests: is " + name +
                                     "_test registered with CPPUNIT_TEST_SUITE_REGISTRATION?");
        selected.push_back(arguments.size() == 2 ? find_test(*fixture, arguments[1]) : fixture);
    }
    return selected;
}

}  // namespace

int main(int count, char** values) try {
    const std::unique_ptr<CppUnit::Test> all(
        CppUnit::TestFactoryRegistry::getRegistry().makeTest());
    progress lines;
    CppUnit::TestResult result;
    result.addListener(&lines);
    const std::span arguments(values, static_cast<std::size_t>(count));
    for (CppUnit::Test* const test : select(find_suites(*all), arguments.subspan(1)))
        test->run(&result);
    std::cout << lines.tests() << " tests, " << lines.failures() << " failures\n";
    return lines.failures() == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
} catch (const std::exception& error) {
    std::cerr << values[0] << ": " << error.what() << '\n';
    return 2;
}
