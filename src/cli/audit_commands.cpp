#include "cli/audit_commands.h"

#include <algorithm>
#include <array>
#include <istream>
#include <ostream>

#include "audit/verify/export.h"
#include "audit/verify/leaf_proof.h"
#include "audit/verify/proof_question.h"
#include "audit/verify/tiles.h"
#include "base/jcs.h"
#include "base/read_file.h"
#include "cli/exit_codes.h"
#include "cli/read_input.h"

namespace sideband::cli {
namespace {

constexpr std::size_t kMostOfANote = 1U << 20U;

int audit_fail(const Error& error, std::ostream& err) {
  err << "sideband audit: " << error.message << "\n";
  return error.code == ErrorCode::kCorrupt ? kProofFailed : kUsage;
}

std::string file_of(const std::string& path) {
  return path == "-" ? "/dev/stdin" : path;
}

// A checkpoint, or a record with its proof: neither can be large.
Result<std::string> slurp(const std::string& path) {
  return read_bounded_file(file_of(path), kMostOfANote);
}

// What is proven, for people and for programs.
struct Proven {
  std::string text;
  JsonObject json;
  std::string note = {};  // what is not
};

class Verification {
 public:
  explicit Verification(const AuditVerifyArguments& arguments) : arguments_(arguments) {}

  Result<Proven> run() {
    SB_TRY(check_form());
    if (!arguments_.key.empty()) {
      SB_ASSIGN(key_, parse_verifier_key(arguments_.key));
    }
    if (!arguments_.saved_note.empty()) {
      SB_ASSIGN(saved_note_, slurp(arguments_.saved_note));
    }
    if (!arguments_.folder.empty())
      return of_log(verify_export({arguments_.folder, key_, saved_note_}));
    if (!arguments_.tiles.empty()) {
      return of_log(verify_tiles({.folder = arguments_.tiles,
                                  .key = key_,
                                  .origin = origin(),
                                  .saved_note = saved_note_,
                                  .hashes_only = arguments_.hashes_only}));
    }
    if (!arguments_.records.empty()) return of_records();
    if (!arguments_.proof.empty()) return of_proof();
    return of_note();
  }

 private:
  [[nodiscard]] Result<void> check_form() const {
    const auto& given = arguments_;
    const std::array forms = {&given.folder, &given.records, &given.tiles, &given.proof};
    const auto count =
        std::count_if(forms.begin(), forms.end(), [](const auto* form) { return !form->empty(); });
    const bool note_alone = count == 0 && !given.note.empty();
    const bool records_noted = !given.records.empty() && !given.note.empty();
    if (count > 1 || (count == 0 && !note_alone) ||
        (!given.note.empty() && !note_alone && !records_noted)) {
      return Error::invalid(
          "name one thing to verify: a FOLDER, --jsonl FILE (with --note where there is one), "
          "--tiles DIR, --proof FILE or --note FILE");
    }
    SB_TRY(check_companions(note_alone));
    const bool wants_no_key =
        !given.records.empty() && given.note.empty() && given.saved_note.empty();
    if (given.key.empty() && !wants_no_key) {
      return Error::invalid("--key is required: name+hash+base64, from a place that you trust");
    }
    return {};
  }

  // What would be passed over must not look as if it had been checked.
  [[nodiscard]] Result<void> check_companions(bool note_alone) const {
    const bool whole_log = !note_alone && arguments_.proof.empty();
    if (!arguments_.saved_note.empty() && !whole_log) {
      return Error::invalid(
          "--since goes with a whole log: a FOLDER, --jsonl or --tiles; one record or one "
          "checkpoint does not show that the log goes on from another");
    }
    const bool named = arguments_.folder.empty() && arguments_.proof.empty();
    if (!arguments_.origin.empty() && !named) {
      return Error::invalid(
          "--origin goes with --jsonl, --tiles and --note; a log of sideband is "
          "called as its key is");
    }
    return {};
  }

  [[nodiscard]] std::optional<std::string> origin() const {
    if (arguments_.origin.empty()) return std::nullopt;
    return arguments_.origin;
  }

  [[nodiscard]] Result<Proven> of_records() const {
    const std::string log = origin().value_or(key_.name);
    std::optional<Checkpoint> head;
    if (!arguments_.note.empty()) {
      SB_ASSIGN(const std::string note, slurp(arguments_.note));
      SB_ASSIGN(head, open_checkpoint(note, key_, log));
    }
    SB_ASSIGN(const LogHeads heads, open_heads(head, saved_note_, key_, log));
    return of_log(verify_records(file_of(arguments_.records), heads));
  }

  [[nodiscard]] Result<Proven> of_proof() const {
    SB_ASSIGN(const std::string text, slurp(arguments_.proof));
    const std::size_t end = text.find('\n');
    if (end == std::string::npos) return Error::corrupt(arguments_.proof + " has no proof");
    SB_ASSIGN(const Checkpoint head,
              check_leaf_proof(text.substr(0, end), text.substr(end + 1), key_));
    return Proven{"proven: the record is in the log " + head.origin + " of " +
                      std::to_string(head.size) + " records\n",
                  of_checkpoint(head)};
  }

  // Whose log it is does not matter: the question is whether the key's owner signed it.
  [[nodiscard]] Result<Proven> of_note() const {
    SB_ASSIGN(const std::string note, slurp(arguments_.note));
    SB_ASSIGN(const std::string_view text, open_note(note, key_));
    const auto head = parse_checkpoint(text);
    if (!head.ok()) {
      return Proven{"signed by " + key_.name + "; the text is no checkpoint\n",
                    JsonObject().add("signer", key_.name)};
    }
    if (origin() && head->origin != *origin()) {
      return Error::corrupt("the checkpoint is of the log \"" + head->origin + "\"");
    }
    return Proven{"signed by " + key_.name + ": the log " + head->origin + " of " +
                      std::to_string(head->size) + " leaves, root " + to_hex(head->root) + "\n",
                  of_checkpoint(*head)};
  }

  [[nodiscard]] JsonObject of_checkpoint(const Checkpoint& head) const {
    return JsonObject()
        .add("origin", head.origin)
        .add("signer", key_.name)
        .add("size", std::to_string(head.size))
        .add("root", to_hex(head.root));
  }

  [[nodiscard]] Result<Proven> of_log(const Result<VerifyReport>& verified) const {
    SB_ASSIGN(const VerifyReport report, verified);
    const std::string leaves = std::to_string(report.leaves);
    Proven proven;
    proven.json.add("leaves", report.leaves)
        .add("root", report.root)
        .add("signed", report.is_signed)
        .add("withoutRecord", report.without_record);
    proven.json.add("recordsChecked", !report.foreign && report.without_record == 0);
    if (report.foreign) {
      proven.text = "verified " + leaves + " leaves of another producer, root " + report.root +
                    ": tree, checkpoint and signature; what the leaves say was not checked, they " +
                    "are no records of sideband\n";
    } else if (report.without_record > 0) {
      proven.text = "verified " + leaves + " leaves, root " + report.root + ", " +
                    std::to_string(report.without_record) + " of them by their hash alone\n";
    } else {
      proven.json.add("openSteps", report.open_intents);
      proven.text = (report.is_signed ? "verified " : "read, unsigned: ") + leaves +
                    " records, root " + report.root + ", " + std::to_string(report.open_intents) +
                    " steps still open\n";
    }
    proven.note = missing_proof(report);
    return proven;
  }

  [[nodiscard]] std::string missing_proof(const VerifyReport& report) const {
    std::string text;
    if (report.without_record > 0) {
      text += "note: what the leaves without an entry said, nobody can read here\n";
    }
    if (!report.is_signed) {
      text +=
          "note: only the form, the order and the rules of the records were checked; that "
          "they are those that were signed is shown with --note CHECKPOINT --key KEY\n";
    }
    if (!saved_note_) {
      text +=
          "note: without a saved checkpoint (--since) a log that was cut or replaced as a "
          "whole looks genuine; keep " +
          where_checkpoint() + " for the next time\n";
    }
    return text;
  }

  [[nodiscard]] std::string where_checkpoint() const {
    if (!arguments_.folder.empty()) return arguments_.folder + "/checkpoint";
    if (!arguments_.tiles.empty()) return arguments_.tiles + "/checkpoint";
    return arguments_.note.empty() ? "its checkpoint" : arguments_.note;
  }

  const AuditVerifyArguments& arguments_;
  VerifierKey key_;
  std::optional<std::string> saved_note_;
};

}  // namespace

int audit_verify_command(const AuditVerifyArguments& arguments, std::ostream& out,
                         std::ostream& err) {
  const auto proven = Verification(arguments).run();
  if (!proven.ok()) return audit_fail(proven.error(), err);
  out << (arguments.json ? proven->json.text() + "\n" : proven->text);
  err << proven->note;
  return kOk;
}

int audit_check_proof_command(std::istream& in, std::ostream& out, std::ostream& err) {
  const auto text = read_input(in, kMostOfANote);
  if (!text.ok()) return audit_fail(text.error(), err);
  const auto answer = answer_proof(*text);
  if (!answer.ok()) return audit_fail(answer.error(), err);
  out << "proven: " << *answer << "\n";
  return kOk;
}

}  // namespace sideband::cli
