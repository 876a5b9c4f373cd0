let apiKey = "kd93Xf02Jf92Qw02jT20" // BAD
struct Remote { static let clientSecret: String = "p0LmQ4vXs9EtRk2WnYp6HdGu" } // BAD
