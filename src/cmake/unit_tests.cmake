# How the tests that the modules list are built and registered (see module.cmake).

# An executable of all suites in one list of a module, and a CTest entry for each suite, under the
# name of a group, by default that of the module.
function(yot_run_unit_tests module)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "LIBRARY;LIST;GROUP" "")
    yot_run_get_list(suites ${arg_LIST} ${module})
    if(NOT suites)
        return()
    endif()
    if(NOT arg_GROUP)
        set(arg_GROUP ${module})
    endif()
    set(group ${arg_GROUP})
    set(test_sources)
    if(arg_LIST STREQUAL TESTS)  # The others have those in their library, or none.
        yot_run_get_list(test_sources TEST_SOURCES ${module})
    endif()
    get_property(folder GLOBAL PROPERTY yot_run_${module}_folder)
    set(suite_sources ${suites})
    list(TRANSFORM suite_sources REPLACE "(.+)" "${folder}/\\1_test.cpp")

    string(JOIN "," suite_names ${suites})
    set(names_source ${CMAKE_CURRENT_BINARY_DIR}/${group}_suites.cpp)
    file(CONFIGURE OUTPUT ${names_source} CONTENT [=[
#include <testing/suites.hpp>

const std::string_view yot_run::testing::suites = "@suite_names@";
]=] @ONLY)

    add_executable(${group}_tests ${suite_sources} ${test_sources} ${names_source})
    target_link_libraries(${group}_tests
        PRIVATE ${arg_LIBRARY} yot_run_test_main PkgConfig::cppunit)
    # The library is what is optimized.
    target_compile_options(${group}_tests PRIVATE $<$<CONFIG:Release>:-O1>)
    yot_run_precompile(${group}_tests <cppunit/extensions/HelperMacros.h>)
    foreach(suite IN LISTS suites)
        add_test(NAME ${group}.${suite} COMMAND ${group}_tests ${suite})
        set_tests_properties(${group}.${suite} PROPERTIES LABELS unit)
    endforeach()
endfunction()

# Compiles every header of a library alone, in its world: each must include what it needs.
function(yot_run_check_headers library)
    get_target_property(headers ${library} HEADER_SET)
    set(sources)
    foreach(header IN LISTS headers)
        cmake_path(RELATIVE_PATH header BASE_DIRECTORY ${PROJECT_SOURCE_DIR}/src)
        if(header MATCHES "^\\.\\.")  # Generated.
            continue()
        endif()
        set(source ${CMAKE_CURRENT_BINARY_DIR}/headers/${header}.cpp)
        file(CONFIGURE OUTPUT ${source} CONTENT "#include <${header}>\n")
        list(APPEND sources ${source})
    endforeach()
    add_library(${library}_header_check OBJECT ${sources})
    target_link_libraries(${library}_header_check PRIVATE ${library})
    target_compile_options(${library}_header_check PRIVATE -O0 -g0)  # Only to see them compile.
endfunction()
