.class public Lcom/example/shop/Kept;
.super Ljava/lang/Object;

.method public keep(Landroid/content/SharedPreferences$Editor;Ljava/lang/String;)V
    .locals 1
    const-string v0, "password"
    invoke-interface {p1, v0, p2}, Landroid/content/SharedPreferences$Editor;->putString(Ljava/lang/String;Ljava/lang/String;)Landroid/content/SharedPreferences$Editor;
    return-void
.end method
