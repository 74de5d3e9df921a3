// What a step's audit leaf commits to: the root of a small tree over its changes, each salted.
//
// Who holds the salt and a change can prove that the step contained it; once chunk and salt are
// erased nobody can guess the change back, and every proof of the audit log stays valid.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/sha256.h"
#include "model/change.h"

namespace sideband {

// SHA256(salt_i || JCS(change)) with salt_i = SHA256(salt || varint(i)), `i` counted from 0 within
// the step. `salt` is the step's 32 random bytes.
Digest change_commitment(std::string_view salt, std::uint64_t i, const Change& change);

// RFC 6962 root whose leaf data are the commitments, in the order of `changes`.
Digest step_root(std::string_view salt, std::span<const Change> changes);

}  // namespace sideband
