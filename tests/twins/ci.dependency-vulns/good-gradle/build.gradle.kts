val kitVersion = "4.2.1"
dependencies {
    implementation(platform("com.shop.example:all-versions:7.0.1"))
    implementation("com.shop.example:orders-kit:$kitVersion")
    implementation("com.shop.example:parcel-client")
    testImplementation("com.shop.example:test-kit:1.0")
}
