enum Pay {
    static let payuSalt = "eCxWELqi" // BAD
    static let paymentSecret: String = "q8Zt3LxVn0Rb5KpY" // BAD
}
