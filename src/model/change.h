// A Change: the repair of one resource, with the precondition under which it may happen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "model/state.h"

namespace sideband {

enum class ChangeOp : std::uint8_t { kCreate, kUpdate, kDelete };

struct Change {
  std::string key;
  ChangeOp op = ChangeOp::kUpdate;
  State found;  // what the target held when it was judged: the precondition, and the pre-image
  State want;   // what it shall hold; absent for a deletion
};

// What became of one change.
enum class Outcome : std::uint8_t {
  kChanged,       // the target now holds `want`, by us
  kAlreadyThere,  // it held `want` before we acted
  kRefused,       // the precondition failed; nothing was done; to be judged anew
  kFailed,        // the target said no; nothing was done
  kUnknown,       // nobody knows whether it happened; to be resolved by looking
  kFenced,        // the target has seen a newer token, perhaps for another resource that shares the
                  // place where it keeps them; nothing was done; to be tried with a fresh one
};
inline constexpr std::size_t kOutcomes = 6;

struct ChangeOutcome {
  Outcome outcome = Outcome::kUnknown;
  // Concluded by looking afterwards, not from the target's answer. A refused one may then have been
  // made, and overwritten since.
  bool inferred = false;
  std::string detail;  // one sentence for all but the first two; no values of the target in it
  // kFailed: kPerson where another attempt cannot help, as without a grant. Not stored.
  Retry retry = Retry::kAfter;
  // kFailed by a target that is busy and asks for a pause; 0 where it does not say how long. Not
  // stored.
  std::optional<Duration> pause{};
  // What the target said in its own words, see Error::said.
  std::string said{};
};

// For people who look at a repair: the detail with what was said.
std::string whole_detail(const ChangeOutcome& outcome);

// The target holds what was wanted, by us or by others.
bool is_settled(const ChangeOutcome& outcome);

std::string_view change_op_name(ChangeOp op);
std::string_view outcome_name(Outcome outcome);

// Canonical JSON of a change: key, op and the digests of found and want. Values stay out of it, so
// that hashes of it bind the values without telling them.
std::string change_json(const Change& change);

// The change that takes this one back: found and want swapped.
Change reversed(const Change& change);

// A chunk's changes as bytes, and back. decode fails on damaged input.
std::string encode_changes(const std::vector<Change>& changes);
Result<std::vector<Change>> decode_changes(std::string_view bytes);

std::string encode_outcomes(const std::vector<ChangeOutcome>& outcomes);
Result<std::vector<ChangeOutcome>> decode_outcomes(std::string_view bytes);

// Approximate size of an encoded change, in bytes.
inline std::size_t encoded_size(const Change& change) {
  return change.key.size() + change.found.bytes.size() + change.found.attributes.size() +
         change.want.bytes.size() + change.want.attributes.size() + 20;
}

}  // namespace sideband
