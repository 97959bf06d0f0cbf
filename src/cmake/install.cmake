# Installs the library, its headers, and what find_package and pkg-config need to find it.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/yot_run)
set(generated_folder ${PROJECT_BINARY_DIR}/package)

set(installed_libraries yot_run)
if(TARGET yot_run_simulation)
    set_target_properties(yot_run_simulation PROPERTIES EXCLUDE_FROM_ALL OFF)
    list(APPEND installed_libraries yot_run_simulation)
endif()
install(TARGETS ${installed_libraries} EXPORT yot_run_targets FILE_SET HEADERS)
install(EXPORT yot_run_targets
    NAMESPACE yot_run::
    FILE yot_runTargets.cmake
    DESTINATION ${package_folder})

configure_package_config_file(src/cmake/yot_runConfig.cmake.in
    ${generated_folder}/yot_runConfig.cmake
    INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${generated_folder}/yot_runConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES
    ${generated_folder}/yot_runConfig.cmake
    ${generated_folder}/yot_runConfigVersion.cmake
    DESTINATION ${package_folder})

# The pkg-config file finds its prefix from where it lies, so that the tree may be moved.
set(pkgconfig_folder ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH pkgconfig_to_prefix
    ${CMAKE_INSTALL_PREFIX}/${pkgconfig_folder} ${CMAKE_INSTALL_PREFIX})
set(pkgconfig_requires "")
if(YOT_RUN_WITH_PROMETHEUS)
    set(pkgconfig_requires "prometheus-cpp-pull")
endif()
configure_file(src/cmake/yot_run.pc.in ${generated_folder}/yot_run.pc @ONLY)
install(FILES ${generated_folder}/yot_run.pc DESTINATION ${pkgconfig_folder})
install(FILES LICENSE-APACHE LICENSE-MIT DESTINATION ${CMAKE_INSTALL_DOCDIR})
