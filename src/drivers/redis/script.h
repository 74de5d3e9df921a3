// Compare-and-set scripts that run inside Redis, where nothing else runs between compare and set.
//
// A script takes up to 100 keys, or fewer where the target is to be spared: a longer one would keep
// every other client waiting (1,000 keys block the server for about 2 ms). Values above 4 KiB that
// were found are compared by SHA-1, so that they need not be sent again.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/redis/batch_sizer.h"
#include "drivers/redis/key_template.h"
#include "drivers/redis/resp.h"
#include "model/change.h"

namespace sideband {

enum class RedisType : std::uint8_t { kString, kHash };

struct Script {
  std::string text;
  std::string sha1;  // hex: its name for EVALSHA
};

const Script& script_for(RedisType type);

// What all calls of one apply have in common.
struct ScriptContext {
  RedisType type = RedisType::kString;
  const KeyTemplate& keys;
  const std::vector<std::string>& owned;  // hash: only these fields; empty = all
  std::string fence_key;                  // empty = not fenced
  std::uint64_t token = 0;
  bool gentle = false;  // see RedisOptions
  BatchSizer& sizer;    // for calls that are gentle
};

// The changes [from, to) of a request that go into one script call.
struct ScriptSlice {
  std::size_t from = 0;
  std::size_t to = 0;
  std::size_t bytes = 0;  // about
};

// The next call for sound changes, from `from` on: at most `max_keys` and about `max_bytes`, and
// one change at least.
ScriptSlice next_slice(const std::vector<const Change*>& changes, std::size_t from,
                       std::size_t max_keys, std::size_t max_bytes);
// Cuts sound changes into calls of at most 100 keys and about 256 KiB.
std::vector<ScriptSlice> slice_changes(const std::vector<const Change*>& changes);

// Appends one call to `out`: EVAL with the whole text, or EVALSHA.
void put_script(std::string& out, const ScriptContext& context,
                const std::vector<const Change*>& changes, const ScriptSlice& slice, bool whole);

// The outcomes that a reply tells, one for each change of the slice. kCorrupt for any other reply.
Result<std::vector<ChangeOutcome>> script_outcomes(const redisReply& reply,
                                                   const ScriptSlice& slice);

// Of a change that Redis refused with this text before it did anything: kFailed, for a person where
// a grant is missing.
ChangeOutcome failed_reply(std::string_view text);
// The same of one after which nobody knows; `what` stands before the text.
ChangeOutcome unknown_reply(std::string_view what, std::string_view text);

// Where every change failed with the same word of the server about itself (no right to write, a
// replica, out of memory): that error, for the call as a whole.
std::optional<Error> common_refusal(const std::vector<ChangeOutcome>& outcomes);

}  // namespace sideband
