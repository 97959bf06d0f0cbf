# How a module says what it consists of.
#
#   yot_run_module(<module>
#       LIBRARY      the target that its headers and sources go into; yot_run if there is none. A module
#                    with a library of its own is no part of yot_run, nor of what is built from it
#       HEADERS      what users and other modules include; installed, each must compile alone
#       SOURCES      go into the library, in every world that it is built for
#       EPOLL_HEADERS, EPOLL_SOURCES, KQUEUE_HEADERS, KQUEUE_SOURCES
#                    likewise, in the worlds whose selector that is
#       STD_SOURCES  go into the library in the standard's world only: a world of its own kind of
#                    threads replaces them
#       TESTS        <name>: suite <name>_test in <name>_test.cpp
#       FAULT_TESTS  <name>: the same, against a library whose system calls can be made to fail
#       CONTRACT_TESTS <name>: the same, against the library in the world of each selector
#       TEST_SOURCES what the tests need besides; not installed
#   )
#
# The files are those of the module's folder. Headers and sources go into the library at once; what
# is for tests is only noted down here, and built by src/testing.
function(yot_run_module module)
    set(lists HEADERS SOURCES EPOLL_HEADERS EPOLL_SOURCES KQUEUE_HEADERS KQUEUE_SOURCES STD_SOURCES
        TESTS FAULT_TESTS CONTRACT_TESTS TEST_SOURCES)
    cmake_parse_arguments(PARSE_ARGV 1 module "" "LIBRARY" "${lists}")
    if(module_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "yot_run_module(${module}): what is '${module_UNPARSED_ARGUMENTS}'?")
    endif()
    foreach(list IN LISTS lists)
        if(list MATCHES "(HEADERS|SOURCES)$")
            list(TRANSFORM module_${list} PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
        endif()
    endforeach()

    set(library yot_run)
    set(registry yot_run_modules)
    if(module_LIBRARY)
        set(library ${module_LIBRARY})
        set(registry yot_run_other_modules)
        set_property(GLOBAL PROPERTY yot_run_${module}_LIBRARY ${library})
    endif()
    target_sources(${library} PRIVATE
        ${module_SOURCES} ${module_${YOT_RUN_SELECTOR}_SOURCES} ${module_STD_SOURCES})
    set(headers ${module_HEADERS} ${module_${YOT_RUN_SELECTOR}_HEADERS})
    if(headers)
        target_sources(${library} PUBLIC FILE_SET HEADERS FILES ${headers})
    endif()

    set_property(GLOBAL APPEND PROPERTY ${registry} ${module})
    set_property(GLOBAL PROPERTY yot_run_${module}_folder ${CMAKE_CURRENT_SOURCE_DIR})
    foreach(list IN LISTS lists)
        set_property(GLOBAL PROPERTY yot_run_${module}_${list} ${module_${list}})
    endforeach()
endfunction()

# Sets `result` to the given list (SOURCES, HEADERS, ...) of one module, or of all that are part of yot_run.
function(yot_run_get_list result list)
    set(modules ${ARGN})
    if(NOT modules)
        get_property(modules GLOBAL PROPERTY yot_run_modules)
    endif()
    set(all)
    foreach(module IN LISTS modules)
        get_property(files GLOBAL PROPERTY yot_run_${module}_${list})
        list(APPEND all ${files})
    endforeach()
    set(${result} ${all} PARENT_SCOPE)
endfunction()
