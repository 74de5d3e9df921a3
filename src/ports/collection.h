// The Collection port: "what is", as keyed things that can be streamed, read and conditionally set.
//
// Requests and replies are plain values without pointers or callbacks, so that the same port can
// run in a remote agent. Implementations MUST be thread-safe, MUST honour the deadline of each
// call, and MUST NOT retry by themselves. Every call may block on the network or the disk.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/uuid.h"
#include "model/change.h"
#include "model/key_order.h"
#include "model/target_identity.h"
#include "ports/digests.h"
#include "ports/log_place.h"

namespace sideband {

// How apply makes sure that it changes only the state that was judged.
enum class PreconditionClass : std::uint8_t {
  kCas,      // compare-and-set at the target, in one atomic operation
  kKeyed,    // the target remembers our step id
  kChecked,  // read, then write: a stated window remains
  kNatural,  // sets a value whatever was there
  kNone,
};

struct CollectionTraits {
  KeyOrder order = KeyOrder::kNone;  // in which scan yields keys
  PreconditionClass precondition = PreconditionClass::kNone;
  bool fenced = false;    // the target keeps the highest token it saw and refuses lower ones
  bool writable = false;  // apply works at all
  Shape shape = Shape::kBytes;
  // Names over what digests are computed; two Collections with the same text have digests that
  // compare. Empty: no digests, and digests, item_digests and split are not called.
  std::string digest = {};
  bool position = false;  // position can tell something
  bool changed = false;   // changed_since can tell something
  // Names the form in which a scan delivers raw states; two Collections with the same text have raw
  // states that compare. Empty: there are none, and ScanRequest::raw changes nothing.
  std::string raw = {};
  std::size_t page_items = 1000;  // how many items a call of a long scan or read best asks for
  // Names of all fields that an item can have: one that an item lacks is NULL there. Empty where
  // that is not known: one that an item lacks may be a name that nobody has.
  std::vector<std::string> columns = {};
  KeyForms keys = {KeyForm::kText};  // what the texts of keys are, for each of their columns
  // The columns that are the key, as many as `keys`; empty where keys are no columns.
  std::vector<std::string> key_columns = {};
  // The placeholders for these columns in the template from which the target's own keys are made;
  // empty where there is no such template.
  std::vector<std::string> key_placeholders = {};
  // A state of more bytes is unknown, whoever wrote it; 0 = there is no such limit.
  std::size_t max_size = 0;
  // The attributes that every present state is wanted to have, as State::attributes holds them;
  // empty where none are declared. Read states then have attributes of the same names.
  std::string attributes = {};
  // A scan may be read ahead on a thread of its own. Not where time itself is simulated.
  bool reads_ahead = true;
  // apply compares what is there with `found` itself, in one with the write, so that a caller need
  // not read it right before.
  bool judges = false;
  // How many changes the first call of apply for a step best takes, each later one twice as many
  // as the one before; 0 = one call for all.
  std::size_t apply_items = 0;
  // Where rates are limited, calls are small; fewer items than this are not worth a call.
  std::size_t call_items = 10;
  // Each change of an apply is judged and made by itself, so that one apply may be cut into
  // several.
  bool separate_changes = false;
  std::size_t max_changes = SIZE_MAX;  // how many changes one apply may hold
  bool identity = false;               // identity can tell something
  bool changes_all = false;  // changed_since tells every key that changed, deleted ones too
  bool log = false;          // log_place can tell something, and a feed of this side reads that log
};

struct ScanRequest {
  std::string cursor;  // empty = from the start; else what the last page returned
  // What is scanned. Only where the traits have digests can it be less than everything.
  KeyRange range = {};
  std::size_t max_items = 1000;
  std::size_t max_bytes = 1 << 20;
  // States are only compared: instead of them come bytes in the target's own form, which costs
  // less. Where two are equal, the states are; where they differ, the states need not.
  bool raw = false;
  bool keys_only = false;  // states are not looked at: they may be unknown
  Duration timeout = std::chrono::seconds(30);
};

struct ScanPage {
  std::vector<Item> items;  // in `order`; every item is present or unknown, never absent
  std::string cursor;       // for the next request; meaningless when last
  bool last = false;        // the end of the collection was truly reached
  // How many things the target had to pass for it, where these are more than the items.
  std::size_t passed = 0;
};

struct ChangedRequest {
  std::string mark;  // of the last answer; empty = only the first mark is wanted
  std::size_t max_keys = 10'000;
  Duration timeout = std::chrono::seconds(30);
};

struct Changed {
  bool known = false;  // false: which keys changed cannot be told, everything is to be looked at
  std::vector<std::string> keys;
  std::string
      mark;  // a scan that begins behind this answer, and what is asked with it, miss nothing
  std::string why_not = {};  // why it is not known, for people; may be empty
};

struct ApplyRequest {
  Uuid step;                // of which repair it is a step, for the target's own records
  std::uint64_t token = 0;  // fencing token; rises with every claim
  std::vector<Change> changes;
  Duration timeout = std::chrono::seconds(30);
  std::int64_t seq = 0;  // which step, as the audit log counts them
};

// A state that is wanted, and what was found in its place.
struct Wanted {
  State want;
  State found;
};

// A folder that a pattern names.
struct Folder {
  std::string path;
  std::string
      why;  // why nothing may be concluded of what is below it; empty: it is as it should be
};

class Collection {
 public:
  virtual ~Collection() = default;

  [[nodiscard]] virtual CollectionTraits traits() const = 0;

  // The next page. A page that was cut short MUST be an error, never a short page: a caller draws
  // conclusions from what is missing. A scan that fails is void as a whole.
  virtual Result<ScanPage> scan(const ScanRequest& request) = 0;

  // The state of each key, in the order asked. A key whose state cannot be told is unknown with the
  // reason; an error means that nothing is known of any key.
  virtual Result<std::vector<Item>> read(const std::vector<std::string>& keys,
                                         Duration timeout) = 0;

  // The digest of each range, in the order asked, each statement one snapshot. kTimeout when the
  // ranges are too large for the time: fewer may work.
  virtual Result<std::vector<RangeDigest>> digests(const DigestRequest& /*request*/) {
    return Error::unsupported("this collection has no digests");
  }
  // Every item of these ranges in key order, with the digest of its state in place of the state.
  virtual Result<std::vector<Item>> item_digests(const DigestRequest& /*request*/) {
    return Error::unsupported("this collection has no digests");
  }
  // For each range the first keys of its parts but the first one, rising. Parts may be of any size:
  // callers split again what is too large.
  virtual Result<std::vector<std::vector<std::string>>> split(const SplitRequest& /*request*/) {
    return Error::unsupported("this collection has no digests");
  }

  // The folders that these patterns name, in no order; `*` and `?` stay within one name. One that
  // is written without wildcards is always among the answers, also when it is not there.
  virtual Result<std::vector<Folder>> folders(const std::vector<std::string>& /*patterns*/,
                                              Duration /*timeout*/) {
    return Error::unsupported("the things of this collection are not in folders");
  }

  // Which server and which data this is connected to, asked now. kPermission: it may not be asked.
  virtual Result<TargetIdentity> identity(Duration /*timeout*/) {
    return Error::unsupported("this kind of target has no identity");
  }
  // An error with Retry::kWhenReady while the target refuses every write, found out without
  // changing anything. Success says only that an apply is worth its call.
  virtual Result<void> accepts_writes(Duration /*timeout*/) { return {}; }

  // A text that stays the same as long as nothing whatever was written to the target: where two
  // answers are equal, a scan that began behind the first one saw what is there at the second one.
  // Empty where the target cannot tell.
  virtual Result<std::string> position(Duration /*timeout*/) { return std::string(); }
  // The keys of items that changed since the mark of an earlier answer. Deleted ones are among them
  // with `changes_all` only.
  virtual Result<Changed> changed_since(const ChangedRequest& /*request*/) { return Changed{}; }

  // Where the log is now that a feed of this collection reads: whatever a read or scan that begins
  // later does not see, the feed tells behind this place or told before it.
  virtual Result<LogPlace> log_place(Duration /*timeout*/) { return LogPlace(); }

  // What a read would answer after each wanted state was written, in the order asked: a number at
  // the scale of its column, a time at its precision. Unknown, with the name of the column in the
  // reason, where no write can make it so; absent where the target has no form for it. Writes
  // nothing. All are present, of this shape, and not what was found.
  virtual Result<std::vector<State>> kept(const std::vector<Wanted>& wanted, Duration /*timeout*/) {
    std::vector<State> as_wanted;
    for (const Wanted& one : wanted) as_wanted.push_back(one.want);
    return as_wanted;
  }

  // Whether something else lies where the configuration leads than when this was opened, and is not
  // believed for that. A reload opens it anew. May block as a look at a path does.
  [[nodiscard]] virtual bool replaced() const { return false; }

  // Whether what was learnt when this was opened, such as columns and their types, no longer holds:
  // looks fail until it is opened anew, which needs nobody. Never blocks.
  [[nodiscard]] virtual bool outdated() const { return false; }

  // Sets each change's `want` where the target still holds its `found`. Outcomes are in the order
  // of the changes. An error with Effect::kNone promises that nothing was changed; with kMaybe
  // every change is unknown. MUST answer kRefused where the state differs from `found`
  // (kAlreadyThere where it equals `want`), and kFenced for a token lower than one the target saw.
  virtual Result<std::vector<ChangeOutcome>> apply(const ApplyRequest& request) = 0;

  // Lays what `change` wants, which is present, beside what is live, where no look finds it, and
  // answers the absolute path: for somebody to try it first. It stays until unstage; of one that a
  // crash left the driver disposes as of its own leftovers.
  virtual Result<std::string> stage(const Change& /*change*/) {
    return Error::unsupported("this collection cannot lay a candidate beside what is live");
  }
  // Removes what stage laid there. What is not there any more is no error.
  virtual Result<void> unstage(const std::string& /*path*/) { return {}; }
};

}  // namespace sideband
