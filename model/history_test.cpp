#include <model/history.hpp>

#include <testing/suites.hpp>

#include <cppunit/extensions/HelperMacros.h>

#include <sstream>
#include <string>

const std::string_view yot_run::testing::suites = "history";

namespace model {

// A table takes the names of objects from the source. The places that the tests name are these, from
// line 16 on of this file:
//   top_.load(acquire)
//   cells[index & mask].set(value)
//   const sync::lock guard(core.mutex_);
class history_test : public CppUnit::TestFixture {
    CPPUNIT_TEST_SUITE(history_test);
    CPPUNIT_TEST(each_thread_has_a_column_and_each_step_a_row);
    CPPUNIT_TEST(a_load_names_the_step_that_it_reads_from);
    CPPUNIT_TEST(relacy_tells_a_value_and_the_last_step_that_wrote_it_is_named);
    CPPUNIT_TEST(an_exchange_that_is_not_done_is_told_from_one_that_is);
    CPPUNIT_TEST(objects_that_share_a_name_are_numbered);
    CPPUNIT_TEST(an_object_at_the_address_of_an_earlier_one_is_another);
    CPPUNIT_TEST(pointers_are_numbered_and_words_of_bits_are_hexadecimal);
    CPPUNIT_TEST(what_was_found_stands_at_the_end);
    CPPUNIT_TEST(what_relacy_repeats_by_thread_is_left_out_and_leaks_are_kept);
    CPPUNIT_TEST_SUITE_END();

public:
    void each_thread_has_a_column_and_each_step_a_row() {
        equal(
            "step  place                  thread 0            thread 1\n"
            "   4  history_test.cpp:16 f  top_ := 1; release\n"
            "   5  history_test.cpp:18 g                      mutex_ locked\n",
            "[4] 0: <0x10> store release, writes 1 @2, in f, model/history_test.cpp(16)\n"
            "[5] 1: <0x20> mutex: exclusive lock, in g, model/history_test.cpp(18)\n");
    }

    void a_load_names_the_step_that_it_reads_from() {
        const std::string table = history_of(
            "[1] 0: <0x10> load relaxed, reads 0 @1, in f, model/history_test.cpp(16)\n"
            "[2] 0: <0x10> store relaxed, writes 1 @2, in f, model/history_test.cpp(16)\n"
            "[3] 0: <0x10> store relaxed, writes 1 @3, in f, model/history_test.cpp(16)\n"
            "[4] 0: <0x10> fetch_add acq_rel, reads 1 @2 [not the newest], writes 2 @2.5, in f, "
            "model/history_test.cpp(16)\n");
        contains(table, "top_ = 0 as made; relaxed");
        contains(table, "top_ = 1 from 2 (old), := 2; acq_rel");
    }

    void relacy_tells_a_value_and_the_last_step_that_wrote_it_is_named() {
        const std::string table = history_of(
            "[0] 0: <0x10> atomic store, value=0, (prev value=0), order=relaxed, in its "
            "constructor, "
            "model/history_test.cpp(16)\n"
            "[1] 0: <0x10> atomic load, value=0, order=relaxed, in f, model/history_test.cpp(16)\n"
            "[2] 0: <0x10> atomic store, value=1, (prev value=0), order=relaxed, in f, "
            "model/history_test.cpp(16)\n"
            "[3] 0: <0x10> exchange , prev=1, arg=1, new=1, order=relaxed, in f, "
            "model/history_test.cpp(16)\n"
            "[4] 0: <0x10> atomic load, value=1, order=relaxed, in f, model/history_test.cpp(16)\n"
            "[5] 0: <0x10> atomic load, value=1 [NOT CURRENT], order=relaxed, in f, "
            "model/history_test.cpp(16)\n");
        contains(table, "   1  history_test.cpp:16 f  top_ = 0 as made; relaxed");
        contains(table, "   3  history_test.cpp:16 f  top_ = 1 from 2, := 1; relaxed");
        contains(table, "   4  history_test.cpp:16 f  top_ = 1 from 3; relaxed");
        contains(table, "   5  history_test.cpp:16 f  top_ = 1 from 2 (old); relaxed");
        contains_not(table, "\n   0");
    }

    void an_exchange_that_is_not_done_is_told_from_one_that_is() {
        const std::string table = history_of(
            "[1] 0: <0x10> CAS, done, seq_cst, reads 0 @1, writes 1 @2, in f, "
            "model/history_test.cpp(16)\n"
            "[2] 0: <0x10> CAS, not done, relaxed, reads 1 @2, in f, model/history_test.cpp(16)\n"
            "[3] 0: <0x10> CAS fail [SPURIOUSLY] orig=1, cmp=1, xchg=2, order=relaxed, in f, "
            "model/history_test.cpp(16)\n"
            "[4] 0: <0x10> CAS succ orig=1, cmp=1, xchg=2, order=relaxed, in f, "
            "model/history_test.cpp(16)\n");
        contains(table, "top_ = 0 as made, := 1; seq_cst");
        contains(table, "top_ = 1 from 1, kept; relaxed");
        contains(table, "top_ = 1 from 1, kept for no reason; relaxed");
        contains(table, "top_ = 1 from 1, := 2; relaxed");
    }

    void objects_that_share_a_name_are_numbered() {
        const std::string table = history_of(
            "[1] 0: <0x10> cell written, in f, model/history_test.cpp(17)\n"
            "[2] 0: <0x20> cell read, in f, model/history_test.cpp(17)\n"
            "[3] 0: <0x10> cell read, in f, model/history_test.cpp(16)\n");
        contains(table, "cells#1 written");
        contains(table, "cells#2 read");
        contains(table, "cells#1 read");
    }

    void an_object_at_the_address_of_an_earlier_one_is_another() {
        const std::string table = history_of(
            "[0] 0: [BEFORE END], in fiber_proc_impl, context.hpp(457)\n"
            "[1] 0: <0x10> store relaxed, writes 1 @2, in f, model/history_test.cpp(16)\n"
            "[2] 0: <0x10> atomic destroyed, which was made, in f, model/history_test.cpp(16)\n"
            "[3] 0: <0x10> load relaxed, reads 1 @3, in f, model/history_test.cpp(16)\n");
        contains(table, "top_#1 := 1; relaxed");
        contains(table, "top_#1 destroyed");
        contains(table, "top_#2 = 1 as made; relaxed");
    }

    void pointers_are_numbered_and_words_of_bits_are_hexadecimal() {
        const std::string table = history_of(
            "[1] 0: <0x10> store relaxed, writes 0x55d0c0ffee00 @2, in f, "
            "model/history_test.cpp(16)\n"
            "[2] 0: <0x10> store relaxed, writes 0x55d0c0ffee10 @3, in f, "
            "model/history_test.cpp(16)\n"
            "[3] 0: <0x10> store relaxed, writes 0x55d0c0ffee00 @4, in f, "
            "model/history_test.cpp(16)\n"
            "[4] 0: <0x10> store relaxed, writes 4294967297 @5, in f, "
            "model/history_test.cpp(16)\n");
        contains(table, "   1  history_test.cpp:16 f  top_ := p1; relaxed");
        contains(table, "   2  history_test.cpp:16 f  top_ := p2; relaxed");
        contains(table, "   3  history_test.cpp:16 f  top_ := p1; relaxed");
        contains(table, "   4  history_test.cpp:16 f  top_ := 0x100000001; relaxed");
    }

    void what_was_found_stands_at_the_end() {
        const std::string table = history_of(
            "[1] 0: <0x10> cell written, in f, model/history_test.cpp(17)\n"
            "[2] 1: DATA RACE (cell read; the last was thread 0's in f, x.cpp(3)), in g, "
            "model/history_test.cpp(17)\n");
        contains(table,
                 "   2  history_test.cpp:17 g  thread 1: DATA RACE (cell read; the last was "
                 "thread 0's in f, x.cpp(3))\n");
    }

    void what_relacy_repeats_by_thread_is_left_out_and_leaks_are_kept() {
        const std::string table = history_of(
            "[1] 0: <0x10> cell written, in f, model/history_test.cpp(17)\n"
            "thread 0:\n"
            "[1] 0: <0x10> cell written, in f, model/history_test.cpp(17)\n"
            "memory allocations:\n0x55d0c0ffee00 [24]\n");
        CPPUNIT_ASSERT_EQUAL(table.find("cells written"), table.rfind("cells written"));
        contains(table, "memory allocations:\n0x55d0c0ffee00 [24]\n");
    }

private:
    static std::string history_of(const std::string& lines) {
        std::istringstream stream(lines);
        return history_table(stream);
    }
    static void equal(const std::string& expected, const std::string& lines) {
        CPPUNIT_ASSERT_EQUAL(expected, history_of(lines));
    }
    static void contains(const std::string& table, const std::string& part) {
        CPPUNIT_ASSERT_MESSAGE(table, table.find(part) != std::string::npos);
    }
    static void contains_not(const std::string& table, const std::string& part) {
        CPPUNIT_ASSERT_MESSAGE(table, table.find(part) == std::string::npos);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(history_test);

}  // namespace model
