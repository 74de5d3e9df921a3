#include "audit/checkpointer.h"

#include "audit/anchor.h"
#include "audit/prove_leaf.h"
#include "audit/verify/note.h"
#include "base/crash_point.h"
#include "base/log.h"
#include "base/random.h"

namespace sideband {
namespace {

constexpr std::int64_t kPage = 1000;

}  // namespace

Result<std::string> log_name(Store& store, const std::string& proposed) {
  std::string name;
  SB_TRY(store.run(Lane::kControl, [&](StoreTx& tx) -> Result<void> {
    SB_ASSIGN(const auto known, tx.audit_name());
    name = known.value_or(proposed);
    if (known) return {};
    SB_ASSIGN(const auto last, tx.last_checkpoint());
    if (last) name = last->note.substr(0, last->note.find('\n'));
    return tx.put_audit_name(name);
  }));
  return name;
}

Result<std::unique_ptr<Checkpointer>> Checkpointer::open(Store& store, SigningKey key,
                                                         const Clock& clock,
                                                         CheckpointerOptions options) {
  std::unique_ptr<Checkpointer> made(
      new Checkpointer(store, std::move(key), clock, std::move(options)));
  SB_TRY(made->load_anchor());
  SB_TRY(made->check_store());
  return made;
}

Result<void> Checkpointer::load_anchor() {
  auto anchor = read_anchor(options_.anchor);
  if (!anchor.ok() && anchor.error().code == ErrorCode::kNotFound) return start_without_anchor();
  if (!anchor.ok()) return anchor.error();
  SB_ASSIGN(const VerifierKey verifier, parse_verifier_key(key_.verifier_key()));
  auto checkpoint = open_checkpoint(anchor->note, verifier);
  if (!checkpoint.ok()) return checkpoint.error().in("anchor file " + options_.anchor);
  if (checkpoint->size != anchor->tree.size() || checkpoint->root != anchor->tree.root()) {
    return Error::corrupt("anchor file " + options_.anchor + " contradicts its own signature");
  }
  tree_ = std::move(anchor->tree);
  note_ = std::move(anchor->note);
  return {};
}

Result<std::optional<CheckpointRow>> Checkpointer::published_last() {
  std::optional<CheckpointRow> last;
  SB_TRY(store_.read([&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(last, reader.last_checkpoint());
    return {};
  }));
  return last;
}

// Before anything of ours is appended: the log must be the one that we know, under our key.
Result<void> Checkpointer::check_store() {
  if (options_.leads) SB_TRY(follow());
  SB_ASSIGN(const CompactRange head, store_head());
  if (head.size() < tree_.size()) SB_TRY(due(head));
  SB_ASSIGN(const CompactRange tree, extend_to(head.size()));
  if (tree.root() != head.root()) {
    return fork("the store's audit head does not extend what was signed");
  }
  return check_samples();
}

// Old leaves anywhere in the log; all of them would take too long, see look_back.
Result<void> Checkpointer::check_samples() {
  SystemRandom random;
  for (std::int64_t i = 0; i < options_.samples && tree_.size() > 0; ++i) {
    const std::uint64_t index = random.next() % tree_.size();
    const auto leads = leads_to(store_, index, tree_);
    if (!leads.ok() && leads.error().code != ErrorCode::kCorrupt) return leads.error();
    const bool sound = leads.ok() && leads->value_or(true);
    if (!sound) return edited("audit leaf " + std::to_string(index) + " is not the one signed");
  }
  return {};
}

Result<std::int64_t> Checkpointer::look_back() {
  if (forked_) return *forked_;
  SB_ASSIGN(const bool sound, pass_.look(tree_));
  if (!sound) return edited("audit leaves in the store are not those that were signed");
  return pass_.looked();
}

// What another node signed becomes our anchor too, so that each node is a witness of the log.
Result<void> Checkpointer::follow() {
  SB_ASSIGN(const auto last, published_last());
  if (!last || static_cast<std::uint64_t>(last->size) <= tree_.size()) return {};
  SB_ASSIGN(const VerifierKey verifier, parse_verifier_key(key_.verifier_key()));
  const auto checkpoint = open_checkpoint(last->note, verifier);
  if (!checkpoint.ok()) {
    return Error::invalid(
        "the audit log of this store is signed with another key than ours (" +
        checkpoint.error().message +
        "); copy audit.key and anchor from the state folder of a node that serves it into ours");
  }
  SB_ASSIGN(CompactRange tree, extend_to(checkpoint->size));
  if (tree.root() != checkpoint->root) {
    return fork("the store's audit leaves are not those that another node signed");
  }
  SB_TRY(keep(last->note, std::move(tree)));
  published_ = tree_.size();
  return {};
}

Result<void> Checkpointer::keep(std::string note, CompactRange tree) {
  SB_TRY(write_anchor(options_.anchor, {note, tree}));
  crash_point("checkpoint_signed");
  tree_ = std::move(tree);
  note_ = std::move(note);
  new_since_.reset();
  return {};
}

Result<void> Checkpointer::start_without_anchor() {
  SB_ASSIGN(const auto last, published_last());
  if (!last || options_.trust_store) return {};
  return Error::corrupt(
      "the anchor file " + options_.anchor + " is missing, but the store has a " +
      "signed checkpoint of size " + std::to_string(last->size) +
      "; put the file back, with a shared store copy it with audit.key from " +
      "the state folder of another node, or say that this store is to be trusted");
}

Result<CompactRange> Checkpointer::store_head() {
  AuditHead head;
  SB_TRY(store_.read([&](StoreReader& reader) -> Result<void> {
    SB_ASSIGN(head, reader.audit_head());
    return {};
  }));
  return CompactRange(static_cast<std::uint64_t>(head.size), std::move(head.range));
}

Result<bool> Checkpointer::tick() {
  if (forked_) return *forked_;
  if (options_.leads) SB_TRY(follow());
  SB_ASSIGN(const CompactRange head, store_head());
  SB_ASSIGN(const bool now, due(head));
  const bool ours = !options_.leads || options_.leads();
  if (now && ours) return sign(head);
  SB_TRY(publish());
  return false;
}

Result<bool> Checkpointer::sign_now() {
  if (forked_) return *forked_;
  if (options_.leads) SB_TRY(follow());
  SB_ASSIGN(const CompactRange head, store_head());
  if (head.size() == tree_.size() && !note_.empty()) {
    SB_TRY(due(head));
    SB_TRY(publish());
    return false;
  }
  return sign(head);
}

Result<bool> Checkpointer::due(const CompactRange& head) {
  if (head.size() < tree_.size()) {
    return fork("the store has " + std::to_string(head.size()) + " audit leaves, but " +
                std::to_string(tree_.size()) + " were signed");
  }
  if (head.size() == tree_.size()) {
    if (head.root() != tree_.root()) return fork("the store's audit leaves are not those signed");
    new_since_.reset();
    return false;
  }
  if (!new_since_) new_since_ = clock_.mono();
  const auto fresh = static_cast<std::int64_t>(head.size() - tree_.size());
  return fresh >= options_.max_leaves || clock_.mono() - *new_since_ >= options_.max_age;
}

// The signed tree with the store's leaves up to `size` appended, hashed anew from their bytes.
Result<CompactRange> Checkpointer::extend_to(std::uint64_t size) {
  CompactRange tree = tree_;
  while (tree.size() < size) {
    const std::uint64_t before = tree.size();
    const auto page = std::min<std::int64_t>(kPage, static_cast<std::int64_t>(size - before));
    SB_TRY(store_.read([&](StoreReader& reader) -> Result<void> {
      SB_ASSIGN(const auto leaves, reader.audit_leaves(static_cast<std::int64_t>(before), page));
      for (const AuditLeaf& leaf : leaves) {
        if (leaf.index != static_cast<std::int64_t>(tree.size())) break;
        tree.append(leaf_hash(leaf.record));
      }
      return {};
    }));
    if (tree.size() == before) return fork("audit leaf " + std::to_string(before) + " is missing");
  }
  return tree;
}

Result<bool> Checkpointer::sign(const CompactRange& head) {
  if (head.size() < tree_.size()) SB_TRY(due(head));
  SB_ASSIGN(CompactRange tree, extend_to(head.size()));
  if (tree.root() != head.root())
    return fork("the store's audit head does not extend what was signed");
  SB_ASSIGN(std::string note,
            key_.sign_note(checkpoint_text({key_.name(), tree.size(), tree.root()})));
  SB_TRY(keep(std::move(note), std::move(tree)));
  SB_TRY(publish());
  return true;
}

// After the anchor: a published head that no anchor knows could be contradicted later.
Result<void> Checkpointer::publish() {
  if (note_.empty() || published_ == tree_.size()) return {};
  const CheckpointRow row{static_cast<std::int64_t>(tree_.size()), note_};
  SB_TRY(store_.run(Lane::kControl, [row](StoreTx& tx) { return tx.put_checkpoint(row); }));
  crash_point("checkpoint_published");
  published_ = tree_.size();
  return {};
}

Error Checkpointer::fork(const std::string& why) {
  return refuse(why,
                "this store is older than or different from the one signed before. "
                "Bring back the newest store (promote the server that has it), or, if "
                "what is missing is lost for good, start with --new-state REASON (with "
                "a shared store: stop all nodes first, and remove the anchor in the "
                "state folders of the others)");
}

// Of such a store no log can be made that verifies.
Error Checkpointer::edited(const std::string& why) {
  return refuse(
      why,
      "somebody changed the audit log in the store. An export of it and `sideband audit "
      "verify` name the record. Bring back a copy that has it (sideband db restore); where "
      "there is none, move the store away and start with --new-state REASON, which begins "
      "a new log");
}

Error Checkpointer::refuse(const std::string& why, const std::string& advice) {
  forked_ = Error::corrupt("LOG_FORKED: " + why + "; " + advice);
  forked_->retry = Retry::kPerson;
  log(LogLevel::kError, "audit log forked, signing refused", {{"why", why}});
  return *forked_;
}

}  // namespace sideband
