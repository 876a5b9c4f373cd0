plugins { id("com.android.application") }
android { defaultConfig { applicationId = "io.hostel" } }
