#include "audit/verify/leaf_batches.h"

#include <algorithm>

#include "base/cores.h"
#include "merkle/compact_range.h"

namespace sideband {
namespace {

constexpr std::size_t kBatchBytes = 256UL * 1024;
constexpr std::size_t kBatches = 3;  // one is checked, one waits, one is filled

bool wants_thread(ReadAhead ahead) {
  if (ahead != ReadAhead::kWhereCoresAre) return ahead == ReadAhead::kAlways;
  return usable_cores() > 1;
}

}  // namespace

LeafBatches::LeafBatches(const std::string& path, std::size_t max_line, ReadAhead ahead)
    : file_(std::fopen(path.c_str(), "rbe"), &std::fclose),
      max_line_(max_line),
      current_(std::make_unique<LeafBatch>()),
      empty_(kBatches),
      full_(kBatches),
      ahead_(file_ != nullptr && wants_thread(ahead)) {
  if (!ahead_) return;
  std::setvbuf(file_.get(), nullptr, _IONBF, 0);
  for (std::size_t i = 1; i < kBatches; ++i) {
    auto batch = std::make_unique<LeafBatch>();
    if (!empty_.try_push(batch)) return;
  }
  thread_ = Thread("read-leaves", [this] { run(); });
}

LeafBatches::~LeafBatches() {
  empty_.close();
  full_.close();
}

// There are no more batches than places, so a push fails only when nobody waits for it any more.
void LeafBatches::run() {
  while (auto batch = empty_.pop()) {
    if (!fill(**batch) || !full_.try_push(*batch)) break;
  }
  full_.close();
}

const LeafBatch* LeafBatches::next() {
  if (!ahead_) return fill(*current_) ? current_.get() : nullptr;
  const bool more = empty_.try_push(current_);
  auto filled = more ? full_.pop() : std::nullopt;
  if (filled) {
    current_ = std::move(*filled);
    return current_.get();
  }
  thread_.join();
  return nullptr;
}

// False where no whole line is left.
bool LeafBatches::fill(LeafBatch& batch) {
  batch.records.clear();
  batch.hashes.clear();
  if (damaged_) return false;
  const std::size_t kept = rest_.size();
  const std::size_t wanted = std::max(kBatchBytes, kept + max_line_ + 1);
  if (batch.bytes.size() < wanted) batch.bytes.resize(wanted);
  rest_.copy(batch.bytes.data(), kept);
  const std::size_t got =
      std::fread(batch.bytes.data() + kept, 1, batch.bytes.size() - kept, file_.get());
  cut(batch, std::string_view(batch.bytes).substr(0, kept + got));
  for (const std::string_view record : batch.records) batch.hashes.push_back(leaf_hash(record));
  return !batch.records.empty();
}

// What stands behind the last newline belongs to the next batch. There is none behind the end of
// the file, and none behind a line that is too long.
void LeafBatches::cut(LeafBatch& batch, std::string_view left) {
  for (;;) {
    const std::size_t end = left.find('\n');
    if (end == std::string_view::npos || end > max_line_) break;
    batch.records.push_back(left.substr(0, end));
    left.remove_prefix(end + 1);
  }
  damaged_ = left.size() > max_line_ || std::ferror(file_.get()) != 0 ||
             (!left.empty() && std::feof(file_.get()) != 0);
  rest_.assign(left);
}

}  // namespace sideband
