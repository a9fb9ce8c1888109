# SPDX-License-Identifier: MIT
# Run by rcc_add_bundle's command with STAMP, DEPFILE and STALE set, once rcc has succeeded: the depfile,
# which rcc wrote for the object, is made to speak of the stamp, and the stamp takes its place with the time
# at which rcc was started.
file(READ "${DEPFILE}" text)
string(REPLACE " " "\\ " target "${STAMP}")
string(FIND "${text}" ": " colon)
string(SUBSTRING "${text}" ${colon} -1 text)
file(WRITE "${DEPFILE}" "${target}${text}")
file(RENAME "${STAMP}.new" "${STAMP}")
# CMake's Makefiles add what a depfile says to what it said before, so that a removed asset would be missed
# for ever. Without the file they keep it in, they begin anew. Ninja has none.
file(REMOVE "${STALE}")
