enum Chat {
    static let apiSecret = "kd93Xf02Jf92Qw02jT20" // BAD
}
