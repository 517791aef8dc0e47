// Where a kernel reports the first invalid number in a tensor. The host reads it after a wait for the kernel, and then
// raises an error. The device stays usable.
struct Mistake {
  unsigned long long code, number, operand, size;
};
// The codes are those of MistakeSlot.
enum { mistake_index = 1, mistake_target, mistake_few_elements };

void report(Mistake *mistake, unsigned long long code, int64_t number, int operand, int64_t size) {
  if (atomicCAS(&mistake->code, 0ull, code) != 0) return;
  mistake->number = number, mistake->operand = operand, mistake->size = size;
}
