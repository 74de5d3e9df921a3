#include "audit/verify/leaf_proof.h"

#include <charconv>

#include "base/bytes.h"
#include "base/jcs_check.h"
#include "merkle/proof.h"

namespace sideband {
namespace {

constexpr std::string_view kHeader = "c2sp.org/tlog-proof@v1\nindex ";

struct Parsed {
  std::uint64_t index = 0;
  std::vector<Digest> hashes;
};

Result<Parsed> parse(std::string_view text) {
  const Error bad = Error::corrupt("not a proof of the form c2sp.org/tlog-proof@v1");
  if (!text.starts_with(kHeader)) return bad;
  text.remove_prefix(kHeader.size());
  Parsed proof;
  const std::size_t end = text.find('\n');
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), proof.index);
  if (error != std::errc() || end == std::string_view::npos || stop != text.data() + end)
    return bad;
  text.remove_prefix(end + 1);
  while (!text.empty()) {
    const std::size_t line = text.find('\n');
    if (line == std::string_view::npos) return bad;
    const auto bytes = from_base64(text.substr(0, line));
    if (!bytes.ok() || bytes->size() != std::tuple_size_v<Digest>) return bad;
    proof.hashes.push_back(to_digest(*bytes));
    text.remove_prefix(line + 1);
  }
  return proof;
}

}  // namespace

Result<Checkpoint> check_leaf_proof(const std::string& record, const std::string& proof,
                                    const VerifierKey& key) {
  const std::size_t gap = proof.find("\n\n");
  if (gap == std::string::npos) return Error::corrupt("the proof has no checkpoint");
  SB_ASSIGN(const Parsed parsed, parse(std::string_view(proof).substr(0, gap + 1)));
  SB_ASSIGN(const Checkpoint checkpoint,
            open_checkpoint(std::string_view(proof).substr(gap + 2), key));
  if (const Result<void> canonical = check_canonical(record); !canonical.ok()) {
    return Error::corrupt("the record is " + canonical.error().message);
  }
  if (!verify_inclusion(leaf_hash(record), parsed.index, checkpoint.size, parsed.hashes,
                        checkpoint.root)) {
    return Error::corrupt("the proof does not lead from the record to the checkpoint's root");
  }
  return checkpoint;
}

}  // namespace sideband
