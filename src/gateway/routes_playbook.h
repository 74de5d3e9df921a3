// Routes of playbooks: look, start, confirm.
#pragma once

#include "gateway/call.h"
#include "gateway/repair_answers.h"

namespace sideband {

// Thread-safe. What `parts` refers to must outlive it, `answers` too.
class PlaybookRoutes {
 public:
  PlaybookRoutes(const GatewayParts& parts, RepairAnswers& answers)
      : parts_(parts), answers_(answers) {}

  void list_playbooks(Call call);
  void get_playbook(Call call);
  void run_playbook(Call call);
  void confirm(Call call);
  void repair_steps(Call call);

 private:
  GatewayParts parts_;
  RepairAnswers& answers_;
};

}  // namespace sideband
