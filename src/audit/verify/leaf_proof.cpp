#include "audit/verify/leaf_proof.h"

#include <charconv>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/jcs_check.h"
#include "merkle/proof.h"

namespace sideband {
namespace {

constexpr std::string_view kHeader = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";

struct Parsed {
  std::uint64_t index = 0;
  std::vector<Digest> hashes;
};

// Nothing where a line has no end.
std::optional<std::vector<std::string_view>> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

// Decimal, without leading zeros.
std::optional<std::uint64_t> parse_index(std::string_view line) {
  if (!line.starts_with(kIndex)) return std::nullopt;
  line.remove_prefix(kIndex.size());
  std::uint64_t index = 0;
  const auto [stop, error] = std::from_chars(line.data(), line.data() + line.size(), index);
  if (error != std::errc() || std::to_string(index) != line) return std::nullopt;
  return index;
}

// https://c2sp.org/tlog-proof. Extra data are proved by nothing and looked at by nobody.
Result<Parsed> parse(std::string_view text) {
  const Error bad = Error::corrupt("not a proof of the form c2sp.org/tlog-proof@v1");
  const auto lines = lines_of(text);
  if (!lines || lines->empty() || lines->front() != kHeader) return bad;
  std::size_t at = 1;
  if (at < lines->size() && lines->at(at).starts_with(kExtra)) {
    if (!from_base64(lines->at(at).substr(kExtra.size())).ok()) return bad;
    ++at;
  }
  const auto index = at < lines->size() ? parse_index(lines->at(at)) : std::nullopt;
  if (!index) return bad;
  Parsed proof{*index, {}};
  for (++at; at < lines->size(); ++at) {
    const auto bytes = from_base64(lines->at(at));
    if (!bytes.ok() || bytes->size() != std::tuple_size_v<Digest>) return bad;
    proof.hashes.push_back(to_digest(*bytes));
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
