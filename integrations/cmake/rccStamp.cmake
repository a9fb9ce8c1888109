# SPDX-License-Identifier: MIT
# Run by rcc_add_bundle's command with STAMP and DEPFILE set, once rcc has succeeded: the depfile, which rcc wrote for the
# object, is made to speak of the stamp, and the stamp takes its place with the time at which rcc was started.
file(READ "${DEPFILE}" text)
string(REPLACE " " "\\ " target "${STAMP}")
string(REGEX REPLACE "^[^:]*:" "${target}:" text "${text}")
file(WRITE "${DEPFILE}" "${text}")
file(RENAME "${STAMP}.new" "${STAMP}")
