# The library's sources, compiled for another world: on other threads or another kernel. Of some
# modules (MODULES), or of all; with the system's selector, or another (SELECTOR EPOLL|KQUEUE). The
# caller adds the sources that belong to that world.
function(yot_run_library_in_world target)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "WORLD;SYNC_HEADER;SYS_HEADER;SELECTOR" "MODULES")
    if(NOT arg_SELECTOR)
        set(arg_SELECTOR ${YOT_RUN_SELECTOR})
    endif()
    yot_run_get_list(sources SOURCES ${arg_MODULES})
    yot_run_get_list(selector_sources ${arg_SELECTOR}_SOURCES ${arg_MODULES})
    add_library(${target} STATIC EXCLUDE_FROM_ALL ${sources} ${selector_sources})
    yot_run_precompile(${target})
    get_target_property(library_definitions yot_run COMPILE_DEFINITIONS)
    get_target_property(library_links yot_run LINK_LIBRARIES)
    get_target_property(includes yot_run INTERFACE_INCLUDE_DIRECTORIES)
    set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
    target_compile_features(${target} PUBLIC cxx_std_23)
    target_include_directories(${target} PUBLIC ${includes})
    target_link_libraries(${target} PUBLIC ${library_links})
    target_compile_definitions(${target}
        PRIVATE ${library_definitions}
        PUBLIC
            YOT_RUN_WORLD=${arg_WORLD}
            $<$<STREQUAL:${arg_SELECTOR},KQUEUE>:YOT_RUN_SELECTOR_KQUEUE>
            "YOT_RUN_SYNC_HEADER=<${arg_SYNC_HEADER}>"
            "YOT_RUN_SYS_HEADER=<${arg_SYS_HEADER}>")
endfunction()
