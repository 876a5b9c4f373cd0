// A picture that moves: "reset" begins it anew, and a coin decides which way a spark turns.
class Spark {
  reset() {
    this.spin = 1;
    if (Math.random() < 0.5) {
      this.spin = -this.spin;
    }
  }
}
module.exports = { Spark };
