// Speed of verifying an exported audit log.
//
//   verify_bench FOLDER [records = 1000000] [record bytes = 1024]
//
// Makes a signed export in FOLDER when it has none, then verifies it once.
#include <sys/stat.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "audit/signing_key.h"
#include "audit/verify/export.h"
#include "base/clock.h"
#include "base/jcs.h"
#include "merkle/compact_range.h"
#include "model/audit_record.h"

namespace sideband {
namespace {

std::string record(std::int64_t i, std::size_t size) {
  AuditRecord made(i % 2 == 0 ? "intent" : "outcome", from_us(1'700'000'000'000'000), "sideband");
  made.add("repair", "0190a1b2-0000-7000-8000-" + std::to_string(100'000'000'000 + i / 8));
  made.add("step", i % 8 / 2).add("token", (std::int64_t{1} << 40) + i);
  if (i % 8 == 7) made.add("state", "converged");
  const std::size_t length = made.text().size() + 10;
  return made.add("note", std::string(size > length ? size - length : 0, 'x')).text();
}

Result<void> make(const std::string& folder, std::int64_t count, std::size_t size) {
  ::mkdir(folder.c_str(), 0700);
  SB_ASSIGN(const SigningKey key, SigningKey::load_or_make(folder + "/key", "bench.example/log"));
  std::ofstream records(folder + "/leaves.jsonl"), hashes(folder + "/leaves.hashes");
  CompactRange tree;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::string text = record(i, size);
    tree.append(leaf_hash(text));
    records << text << '\n';
    hashes << as_bytes(leaf_hash(text));
  }
  SB_ASSIGN(const std::string note,
            key.sign_note(checkpoint_text({key.name(), tree.size(), tree.root()})));
  std::ofstream(folder + "/checkpoint") << note;
  std::ofstream(folder + "/manifest.json") << JsonObject()
                                                  .add("format", "sideband-export/1")
                                                  .add("from", 0)
                                                  .add("origin", key.name())
                                                  .add("to", count)
                                                  .text()
                                           << '\n';
  return {};
}

Result<void> run(const std::string& folder, std::int64_t count, std::size_t size) {
  if (!std::ifstream(folder + "/manifest.json")) SB_TRY(make(folder, count, size));
  SB_ASSIGN(const SigningKey key, SigningKey::load_or_make(folder + "/key", "bench.example/log"));
  SB_ASSIGN(const VerifierKey verifier, parse_verifier_key(key.verifier_key()));
  const SystemClock clock;
  const MonoTime start = clock.mono();
  SB_ASSIGN(const VerifyReport report, verify_export({folder, verifier, std::nullopt}));
  const double seconds = std::chrono::duration<double>(clock.mono() - start).count();
  const auto leaves = static_cast<double>(report.leaves);
  std::printf("%.0f records in %.2f s: %.2f us each\n", leaves, seconds, seconds * 1e6 / leaves);
  return {};
}

}  // namespace
}  // namespace sideband

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: verify_bench FOLDER [records] [record bytes]\n");
    return 2;
  }
  const auto done = sideband::run(argv[1], argc > 2 ? std::atoll(argv[2]) : 1'000'000,
                                  argc > 3 ? static_cast<std::size_t>(std::atoll(argv[3])) : 1024);
  if (done.ok()) return 0;
  std::fprintf(stderr, "%s\n", done.error().message.c_str());
  return 1;
}
