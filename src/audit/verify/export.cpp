#include "audit/verify/export.h"

#include <fstream>

#include "audit/verify/leaf_batches.h"
#include "audit/verify/rules.h"
#include "base/jcs_check.h"
#include "base/read_file.h"
#include "merkle/compact_range.h"
#include "model/audit_record.h"

namespace sideband {
namespace {

Error bad_index(std::uint64_t index, const std::string& why) {
  return Error::corrupt("first bad index " + std::to_string(index) + ": " + why);
}

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

class ExportVerifier {
 public:
  ExportVerifier(const VerifyRequest& request, const Checkpoint& head,
                 std::optional<Checkpoint> saved)
      : folder_(request.folder),
        head_(head),
        saved_(std::move(saved)),
        leaves_(folder_ + "/leaves.jsonl", kMaxAuditRecord, request.ahead),
        hashes_(folder_ + "/leaves.hashes", std::ios::binary) {}

  Result<VerifyReport> run() {
    if (!leaves_.open()) return Error::not_found("cannot open " + folder_ + "/leaves.jsonl");
    if (!hashes_) return Error::not_found("cannot open " + folder_ + "/leaves.hashes");
    while (const LeafBatch* batch = leaves_.next()) {
      for (std::size_t i = 0; i < batch->records.size(); ++i) {
        SB_TRY(take(batch->records[i], batch->hashes[i]));
      }
    }
    SB_TRY(at_end());
    return VerifyReport{tree_.size(), to_hex(tree_.root()), rules_.open_intents()};
  }

 private:
  Result<void> take(std::string_view record, const Digest& hash) {
    const std::uint64_t index = tree_.size();
    if (index == head_.size) return bad_index(index, "a leaf beyond the signed size");
    SB_TRY(check_saved());
    SB_TRY(compare_with_listed(index, hash));
    if (const Result<void> fits = rules_.take(record); !fits.ok()) {
      return bad_index(index, fits.error().message);
    }
    tree_.append(hash);
    return {};
  }

  Result<void> compare_with_listed(std::uint64_t index, const Digest& hash) {
    Digest listed{};
    hashes_.read(reinterpret_cast<char*>(listed.data()), listed.size());
    if (hashes_ && listed == hash) return {};
    SB_ASSIGN(const CompactRange other, tree_of_hashes(folder_));
    if (other.size() == head_.size && other.root() == head_.root) {
      return bad_index(index, "the record is not the one that was signed");
    }
    return bad_index(index, "the record and its entry in leaves.hashes differ");
  }

  // The saved checkpoint's root must be met on the way.
  Result<void> check_saved() {
    if (!saved_ || tree_.size() != saved_->size || tree_.root() == saved_->root) return {};
    return Error::corrupt("this log is not the one that was saved: the root over its first " +
                          std::to_string(saved_->size) + " leaves differs (equivocation)");
  }

  Result<void> at_end() {
    if (leaves_.damaged()) return bad_index(tree_.size(), "a line is cut off or too long");
    if (tree_.size() < head_.size) {
      return bad_index(tree_.size(),
                       "leaves end here, " + std::to_string(head_.size) + " were signed");
    }
    if (hashes_.peek() != std::ifstream::traits_type::eof()) {
      return bad_index(tree_.size(), "leaves.hashes goes on beyond the signed size");
    }
    SB_TRY(check_saved());
    if (tree_.root() == head_.root) return {};
    return Error::corrupt(
        "records and leaves.hashes agree but are not what was signed: the root "
        "is " +
        to_hex(tree_.root()) + ", the checkpoint says " + to_hex(head_.root));
  }

  const std::string folder_;
  const Checkpoint head_;
  const std::optional<Checkpoint> saved_;
  LeafBatches leaves_;
  std::ifstream hashes_;
  CompactRange tree_;
  RecordRules rules_;
};

Result<std::optional<Checkpoint>> open_saved(const VerifyRequest& request, const Checkpoint& head) {
  if (!request.saved_note) return std::optional<Checkpoint>();
  auto saved = open_checkpoint(*request.saved_note, request.key);
  if (!saved.ok()) return saved.error().in("saved checkpoint");
  if (saved->size > head.size) {
    return Error::corrupt("the log was cut: the saved checkpoint covers " +
                          std::to_string(saved->size) + " leaves, this export only " +
                          std::to_string(head.size));
  }
  return std::optional(*saved);
}

}  // namespace

Result<VerifyReport> verify_export(const VerifyRequest& request) {
  SB_ASSIGN(const std::string note, slurp(request.folder + "/checkpoint"));
  SB_ASSIGN(const Checkpoint head, open_checkpoint(note, request.key));
  SB_TRY(check_manifest(request.folder, head));
  SB_ASSIGN(std::optional<Checkpoint> saved, open_saved(request, head));
  return ExportVerifier(request, head, std::move(saved)).run();
}

}  // namespace sideband
