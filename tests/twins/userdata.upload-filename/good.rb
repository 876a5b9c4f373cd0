class PicturesController < ApplicationController
  def create
    picture = params[:picture]
    File.open(Rails.root.join("pictures", SecureRandom.uuid), "wb") { |kept| kept.write(picture.read) }
    head :created
  end

  def show
    send_file("/var/shop/#{File.basename(params[:name])}")
  end
end
