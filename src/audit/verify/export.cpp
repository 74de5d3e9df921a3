#include "audit/verify/export.h"

#include <fstream>

#include "audit/verify/leaf_batches.h"
#include "base/jcs_check.h"
#include "base/read_file.h"
#include "merkle/compact_range.h"
#include "model/audit_record.h"

namespace sideband {
namespace {

// A checkpoint or a manifest: neither can be large.
Result<std::string> slurp(const std::string& path) {
  auto content = read_bounded_file(path, 1U << 20U);
  const bool odd = !content.ok() && content.error().code == ErrorCode::kInvalid;
  return odd ? Error::corrupt(content.error().message + ", which no export is") : content;
}

struct Manifest final : JcsVisitor {
  void member(std::string_view key, std::string_view value) override {
    if (key == "from") from = value;
    if (key == "to") to = value;
    if (key == "origin") origin = value;
    if (key == "format") format = value;
    ++members;
  }
  std::string_view from, to, origin, format;
  int members = 0;
};

// The manifest only repeats what the checkpoint proves, so it must say the same.
Result<void> check_manifest(const std::string& folder, const Checkpoint& checkpoint) {
  SB_ASSIGN(std::string text, slurp(folder + "/manifest.json"));
  if (!text.ends_with('\n')) return Error::corrupt("manifest.json is cut off");
  text.pop_back();
  Manifest manifest;
  const Result<void> canonical = check_canonical(text, &manifest);
  if (!canonical.ok() || manifest.members != 4 || manifest.format != R"("sideband-export/1")" ||
      manifest.from != "0" || manifest.to != std::to_string(checkpoint.size) ||
      manifest.origin != '"' + checkpoint.origin + '"') {
    return Error::corrupt("manifest.json does not fit the checkpoint");
  }
  return {};
}

// The tree of leaves.hashes, to tell whether a record or its listed hash was changed.
Result<CompactRange> tree_of_hashes(const std::string& folder) {
  std::ifstream file(folder + "/leaves.hashes", std::ios::binary);
  CompactRange tree;
  Digest digest{};
  while (file.read(reinterpret_cast<char*>(digest.data()), digest.size())) tree.append(digest);
  return tree;
}

// Until one is refused.
template <class Each>
Result<void> for_each_record(LeafBatches& leaves, const Each& each) {
  while (const LeafBatch* batch = leaves.next()) {
    for (std::size_t i = 0; i < batch->records.size(); ++i) {
      SB_TRY(each(batch->records[i], batch->hashes[i]));
    }
  }
  return {};
}

Error cut_off(const LeafChecker& checker) {
  return bad_index(checker.tree().size(), "a line is cut off, too long, or cannot be read");
}

class ExportVerifier {
 public:
  ExportVerifier(const VerifyRequest& request, const LogHeads& heads)
      : folder_(request.folder),
        head_(*heads.head),
        checker_(heads, Producer::kSideband),
        leaves_(folder_ + "/leaves.jsonl", kMaxAuditRecord, request.ahead),
        hashes_(folder_ + "/leaves.hashes", std::ios::binary) {}

  Result<VerifyReport> run() {
    if (!leaves_.open()) return Error::not_found("cannot open " + folder_ + "/leaves.jsonl");
    if (!hashes_) return Error::not_found("cannot open " + folder_ + "/leaves.hashes");
    SB_TRY(for_each_record(leaves_, [this](std::string_view record, const Digest& hash) {
      return take(record, hash);
    }));
    if (leaves_.damaged()) return cut_off(checker_);
    SB_ASSIGN(VerifyReport report, checker_.finish());
    if (hashes_.peek() != std::ifstream::traits_type::eof()) {
      return bad_index(report.leaves, "leaves.hashes goes on beyond the signed size");
    }
    return report;
  }

 private:
  Result<void> take(std::string_view record, const Digest& hash) {
    if (checker_.tree().size() < head_.size) SB_TRY(compare_with_listed(hash));
    return checker_.take(record, hash);
  }

  Result<void> compare_with_listed(const Digest& hash) {
    Digest listed{};
    hashes_.read(reinterpret_cast<char*>(listed.data()), listed.size());
    if (hashes_ && listed == hash) return {};
    const std::uint64_t index = checker_.tree().size();
    SB_ASSIGN(const CompactRange other, tree_of_hashes(folder_));
    if (other.size() == head_.size && other.root() == head_.root) {
      return bad_index(index, "the record is not the one that was signed");
    }
    return bad_index(index, "the record and its entry in leaves.hashes differ");
  }

  const std::string folder_;
  const Checkpoint head_;
  LeafChecker checker_;
  LeafBatches leaves_;
  std::ifstream hashes_;
};

}  // namespace

Result<VerifyReport> verify_export(const VerifyRequest& request) {
  SB_ASSIGN(const std::string note, slurp(request.folder + "/checkpoint"));
  SB_ASSIGN(const Checkpoint head, open_checkpoint(note, request.key));
  SB_TRY(check_manifest(request.folder, head));
  SB_ASSIGN(const LogHeads heads, open_heads(head, request.saved_note, request.key, head.origin));
  return ExportVerifier(request, heads).run();
}

Result<VerifyReport> verify_records(const std::string& path, const LogHeads& heads) {
  LeafBatches leaves(path, kMaxAuditRecord, ReadAhead::kWhereCoresAre);
  if (!leaves.open()) return Error::not_found("cannot open " + path);
  LeafChecker checker(heads, Producer::kSideband);
  SB_TRY(for_each_record(leaves, [&](std::string_view record, const Digest& hash) {
    return checker.take(record, hash);
  }));
  if (leaves.damaged()) return cut_off(checker);
  if (!heads.head && checker.tree().size() == 0) return Error::invalid(path + " has no record");
  return checker.finish();
}

}  // namespace sideband
