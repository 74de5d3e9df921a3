#include "engine/execute/validation_pass.h"

#include "engine/execute/both_sides.h"
#include "engine/observe/page_stream.h"

namespace sideband {
namespace {

bool reads_ahead(const RepairWork& work) {
  return work.job.plan.chunks > 1 && sides_overlap(*work.job.runtime);
}

Collection& side_of(const ReconcilerRuntime& runtime, ValidationPass::Path path) {
  const bool independent = path == ValidationPass::Path::kIndependent && runtime.independent;
  return independent ? *runtime.independent : *runtime.actual;
}

}  // namespace

ValidationPass::ValidationPass(const RepairWork& work, std::int64_t from_step, Path path)
    : work_(work),
      side_(side_of(*work.job.runtime, path)),
      step_(from_step),
      pages_(
          "validate ahead", [this] { return read_page(); }, reads_ahead(work)) {}

Result<ValidationPass::Page> ValidationPass::read_page() {
  std::vector<Change> changes;
  SB_ASSIGN(const bool more, work_.read_settled(step_, changes));
  auto actual = side_.read(keys_of(changes), work_.job.runtime->call_timeout);
  return Page{std::move(changes), std::move(actual), !more};
}

Result<bool> ValidationPass::look(Validation& found) {
  SB_ASSIGN(Page page, pages_.next());
  found.add(validate_read(*work_.job.runtime, page.changes, std::move(page.actual), work_.mode()));
  return !page.last;
}

}  // namespace sideband
