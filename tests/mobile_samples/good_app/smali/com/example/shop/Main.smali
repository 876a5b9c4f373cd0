.class public Lcom/example/shop/Main;
.super Landroid/app/Activity;

.field public static final PASSWORD_PATTERN:Ljava/lang/String; = "((?=.*\\d)(?=.*[a-z])(?=.*[A-Z]).{6,20})"
.field public static final TOKEN_KEY:Ljava/lang/String; = "token"
.field public static final CHALLENGE:Ljava/lang/String; = "&code_challenge_method=S256&code_challenge="

.method public keep(Landroid/content/Context;Ljava/lang/String;)V
    .locals 2
    const-string v0, "TLSv1.3"
    invoke-static {v0}, Ljavax/net/ssl/SSLContext;->getInstance(Ljava/lang/String;)Ljavax/net/ssl/SSLContext;
    const-string v0, "kept"
    invoke-static {p1, v0}, Landroidx/security/crypto/EncryptedSharedPreferences;->create(Landroid/content/Context;Ljava/lang/String;)Landroid/content/SharedPreferences;
    move-result-object v1
    invoke-interface {v1}, Landroid/content/SharedPreferences;->edit()Landroid/content/SharedPreferences$Editor;
    move-result-object v1
    const-string v0, "token"
    invoke-interface {v1, v0, p2}, Landroid/content/SharedPreferences$Editor;->putString(Ljava/lang/String;Ljava/lang/String;)Landroid/content/SharedPreferences$Editor;
    return-void
.end method
