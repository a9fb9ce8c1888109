# SPDX-License-Identifier: MIT
# rcc_add_bundle(TARGET NAME name DIR dir[:prefix]...
#                [PREFIX prefix] [RULES file...] [HEADER file.h] [OPTIONS option...])
#
# Adds the bundle of that name to TARGET, an executable or a library. Relative directories and rules files are
# below the current source directory; HEADER below the current binary directory, which becomes an include
# directory of TARGET. OPTIONS go to rcc compile as they are. An asset that is edited, added or removed makes
# the bundle again; if its bytes are the same after all, nothing is linked. RCC_EXECUTABLE, when set, is the
# compiler in place of the one found with the package.
include_guard(GLOBAL)

function(rcc_add_bundle target)
  # Depfiles are read by Ninja and Makefiles alike, with names relative to the current binary directory.
  cmake_policy(SET CMP0116 NEW)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "NAME;PREFIX;HEADER" "DIR;RULES;OPTIONS")
  if(NOT TARGET "${target}")
    message(FATAL_ERROR "rcc_add_bundle: ${target} is not a target")
  endif()
  if(NOT arg_NAME MATCHES "^[A-Za-z_][A-Za-z0-9_]*$")
    message(FATAL_ERROR "rcc_add_bundle: NAME must be a C identifier, not '${arg_NAME}'")
  endif()
  if(NOT arg_DIR)
    message(FATAL_ERROR "rcc_add_bundle: ${arg_NAME} needs a DIR")
  endif()
  if(arg_UNPARSED_ARGUMENTS OR arg_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "rcc_add_bundle: what is ${arg_UNPARSED_ARGUMENTS} ${arg_KEYWORDS_MISSING_VALUES}?")
  endif()

  set(base "${CMAKE_CURRENT_BINARY_DIR}/rcc/${target}")
  file(MAKE_DIRECTORY "${base}")
  set(object "${base}/${arg_NAME}.o")
  set(stamp "${base}/${arg_NAME}.stamp")
  set(depfile "${base}/${arg_NAME}.d")
  set(step "${target}_rcc_${arg_NAME}")
  set(stale "${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${step}.dir/compiler_depend.internal")

  set(options ${arg_OPTIONS})
  set(made "${object}")
  if(arg_PREFIX)
    list(APPEND options --prefix "${arg_PREFIX}")
  endif()
  set(rules)
  foreach(file IN LISTS arg_RULES)
    get_filename_component(file "${file}" ABSOLUTE)
    list(APPEND options --rules "${file}")
    list(APPEND rules "${file}")
  endforeach()
  if(arg_HEADER)
    get_filename_component(header "${arg_HEADER}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_BINARY_DIR}")
    get_filename_component(header_dir "${header}" DIRECTORY)
    file(MAKE_DIRECTORY "${header_dir}")
    list(APPEND options --header "${header}")
    list(APPEND made "${header}")
    target_include_directories("${target}" PRIVATE "${header_dir}")
  endif()
  set(dirs)
  foreach(dir IN LISTS arg_DIR)
    get_filename_component(dir "${dir}" ABSOLUTE)
    list(APPEND dirs "${dir}")
  endforeach()
  set(compiler rcc::compiler)
  if(RCC_EXECUTABLE)
    set(compiler "${RCC_EXECUTABLE}")
  endif()

  # rcc leaves an object as it is when its bytes stay the same. So the stamp, not the object, is what the
  # assets are newer or older than: otherwise a Makefile would run rcc for ever once an asset was touched. It
  # has the time at which rcc began, for what is edited while rcc runs.
  add_custom_command(
    OUTPUT "${stamp}"
    BYPRODUCTS ${made}
    COMMAND "${CMAKE_COMMAND}" -E touch "${stamp}.new"
    COMMAND "${compiler}" compile -n "${arg_NAME}" -o "${object}" -M "${depfile}" ${options} -- ${dirs}
    COMMAND "${CMAKE_COMMAND}" "-DDEPFILE=${depfile}" "-DSTAMP=${stamp}" "-DSTALE=${stale}"
            -P "${_rcc_bundle_dir}/rccStamp.cmake"
    DEPENDS "${compiler}" ${rules}
    DEPFILE "${depfile}"
    COMMENT "Compiling bundle ${arg_NAME}"
    VERBATIM)
  add_custom_target("${step}" DEPENDS "${stamp}")
  add_dependencies("${target}" "${step}")
  set_source_files_properties("${object}" PROPERTIES EXTERNAL_OBJECT TRUE GENERATED TRUE)
  target_sources("${target}" PRIVATE "${object}")
endfunction()

set(_rcc_bundle_dir "${CMAKE_CURRENT_LIST_DIR}" CACHE INTERNAL "where rcc's CMake files are")
