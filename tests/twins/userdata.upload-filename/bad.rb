class PicturesController < ApplicationController
  def create
    picture = params[:picture]
    File.open(Rails.root.join("pictures", picture.original_filename), "wb") { |kept| kept.write(picture.read) } # BAD
    head :created
  end

  def show
    send_file("/var/shop/#{params[:name]}") # BAD
  end
end
