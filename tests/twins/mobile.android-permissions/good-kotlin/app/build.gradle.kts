android {
    defaultConfig {
        minSdk = 26
        targetSdk = 34
    }
}
